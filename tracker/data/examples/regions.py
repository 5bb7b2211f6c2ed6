import csv
import urllib.request
from collections import Counter

URL = "http://127.0.0.1:8000/data/answers.csv"
with urllib.request.urlopen(URL) as file:
    rows = list(csv.DictReader(file.read().decode().splitlines()))
settled = [row for row in rows if row["answer"] in {"yes", "partial", "no"}]
for (region, answer), n in sorted(Counter((r["region"], r["answer"]) for r in settled).items()):
    print(region, answer, n, sep="\t")
