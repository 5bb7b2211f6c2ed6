"""A drawing as pixels, by the typesetter, which brings fonts where there are none."""

import typst

PAGE = """\
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg")
"""
DOTS = 144.0  # an inch


def png(svg: str) -> bytes:
    found = typst.compile(
        PAGE.encode(), format="png", ppi=DOTS, sys_inputs={"svg": svg}
    )
    return found if isinstance(found, bytes) else found[0]
