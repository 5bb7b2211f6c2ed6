// node build.mjs COUNTRIES.csv OUT.json: writes the world map's geometry (see README.md).
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { geoArea, geoCentroid, geoContains, geoEqualEarth, geoPath } from 'd3-geo'
import { feature, mergeArcs } from 'topojson-client'

const [csv, out] = process.argv.slice(2)
assert(csv && out, 'usage: node build.mjs COUNTRIES.csv OUT.json')

const WIDTH = 960
const PAD = 6 // room for a marker at the edge
const GAP = 9 // least distance between the centres of two markers
const SMALL_SIDE = 6 // a shape whose longer side is below this many px gets a marker too ...
const SMALL_AREA = 14 // ... and so does one of less than this many px² (thin ones, scattered islands)

const BY_NAME = { Kosovo: 'XKX' } // Natural Earth has no number for Kosovo
const ANTARCTICA = '010'

// Longitude and latitude where the largest island of the 1:50m data would not do.
const CENTRES = {
  KIR: [173.0, 1.4], // Tarawa, the capital; the largest island, Kiritimati, is 3,300 km away
  MDV: [73.5, 4.2], // Malé, the capital; the 1:50m data has a few of the atolls only
  TUV: [179.2, -8.5], // Funafuti, the capital; not in the 1:50m data
}

const load = (path) => JSON.parse(readFileSync(new URL(`node_modules/world-atlas/${path}`, import.meta.url)))
const rows = readFileSync(csv, 'utf8').trim().split(/\r?\n/).map((line) => line.split(','))
assert.deepEqual([rows[0][0], rows[0][2]], ['iso3', 'm49'])
const ours = rows.slice(1).map((row) => row[0])
const byM49 = new Map(rows.slice(1).filter((row) => row[2]).map((row) => [row[2], row[0]]))
const iso3 = (f) => byM49.get(f.id) ?? BY_NAME[f.properties.name]
const polygons = ({ geometry: g }) =>
  (g.type === 'Polygon' ? [g.coordinates] : g.coordinates).map((coordinates) => ({ type: 'Polygon', coordinates }))

const atlas = load('countries-110m.json')
giveCrimeaToUkraine(atlas.objects.countries.geometries)
const land = feature(atlas, atlas.objects.countries).features.filter((f) => f.id !== ANTARCTICA)

const islands = load('countries-50m.json')
const centres = { ...CENTRES }
for (const f of feature(islands, islands.objects.countries).features) {
  const [largest] = polygons(f).sort((a, b) => geoArea(b) - geoArea(a))
  if (iso3(f)) centres[iso3(f)] ??= geoCentroid(largest)
}
const unshaped = ours.filter((code) => !land.some((f) => iso3(f) === code))

// Cut in the Bering Strait, not at 180°, so that Russia and Fiji stay whole.
const projection = geoEqualEarth().rotate([-11, 0])
const everything = {
  type: 'GeometryCollection',
  geometries: [...land.map((f) => f.geometry), { type: 'MultiPoint', coordinates: unshaped.map((c) => centres[c]) }],
}
projection.fitWidth(WIDTH - 2 * PAD, everything)
projection.translate(projection.translate().map((v) => v + PAD))
const path = geoPath(projection)
const height = Math.ceil(path.bounds(everything)[1][1] + PAD)

const shapes = {}
const other = []
const home = {}
for (const f of land) {
  const d = svgPath(f)
  const code = iso3(f)
  if (!code) { other.push(d); continue }
  assert(!(code in shapes), `two shapes for ${code}`)
  shapes[code] = d
  const [[x0, y0], [x1, y1]] = path.bounds(f)
  if (Math.max(x1 - x0, y1 - y0) < SMALL_SIDE || path.area(f) < SMALL_AREA) home[code] = path.centroid(f)
}
for (const code of unshaped) home[code] = projection(centres[code])
const markers = spread(home)

for (const code of ours) assert(shapes[code] || markers[code], `${code} is not on the map`)
const sorted = (o) => Object.fromEntries(Object.entries(o).sort(([a], [b]) => (a < b ? -1 : 1)))
const source = `Natural Earth 1:110m via world-atlas ${load('package.json').version}, Crimea as in UN General Assembly resolution 68/262`
writeFileSync(out, JSON.stringify({ width: WIDTH, height, source, shapes: sorted(shapes), markers: sorted(markers), other }) + '\n')

// Natural Earth draws the state in control; a UN list follows General Assembly resolution 68/262.
function giveCrimeaToUkraine(geometries) {
  const [russia, ukraine] = ['643', '804'].map((id) => geometries.find((g) => g.id === id))
  const at = russia.arcs.findIndex((arcs) => geoContains(feature(atlas, { type: 'Polygon', arcs }), [34.2, 45.2]))
  const crimea = { type: 'Polygon', arcs: russia.arcs.splice(at, 1)[0] }
  Object.assign(ukraine, mergeArcs(atlas, [ukraine, crimea]))
}

// Whole tenths of a pixel, as steps from rounded point to rounded point: neighbours' borders
// stay the same and rounding errors do not add up.
function svgPath(f) {
  const rings = []
  const point = (x, y) => rings.at(-1).push([Math.round(x * 10), Math.round(y * 10)])
  const context = { beginPath() {}, closePath() {}, moveTo(x, y) { rings.push([]); point(x, y) }, lineTo: point }
  geoPath(projection, context)(f)
  const pair = ([x, y]) => [x, y].map((n) => String(n / 10).replace(/^(-?)0\./, '$1.')).join(' ')
  return rings.map((ring) => {
    const steps = ring.slice(1).map(([x, y], i) => [x - ring[i][0], y - ring[i][1]]).filter(([x, y]) => x || y)
    return steps.length < 2 ? '' : `M${pair(ring[0])}l${steps.map(pair).join(' ').replaceAll(' -', '-')}z`
  }).join('')
}

function spread(home) {
  const spots = Object.entries(home).map(([code, at]) => ({ code, at: [...at], home: at }))
  for (let round = 0; round < 2000; round++) {
    if (round < 1000) for (const s of spots) s.at = s.at.map((v, i) => v + (s.home[i] - v) * 0.05)
    for (const [i, a] of spots.entries()) for (const b of spots.slice(i + 1)) {
      const [dx, dy] = [b.at[0] - a.at[0], b.at[1] - a.at[1]]
      const distance = Math.hypot(dx, dy)
      const push = (GAP + 0.2 - distance) / 2 / distance
      if (push > 0) { a.at[0] -= dx * push; a.at[1] -= dy * push; b.at[0] += dx * push; b.at[1] += dy * push }
    }
  }
  const done = spots.map((s) => [s.code, s.at.map((v) => Math.round(v * 10) / 10)])
  for (const [i, [a, p]] of done.entries()) for (const [b, q] of done.slice(i + 1)) {
    assert(Math.hypot(p[0] - q[0], p[1] - q[1]) >= GAP, `${a} and ${b} overlap`)
  }
  return Object.fromEntries(done)
}
