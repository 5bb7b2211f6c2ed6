import csv
import urllib.request
from collections import Counter

URL = "http://127.0.0.1:8000/data/answers.csv"
with urllib.request.urlopen(URL) as file:
    rows = list(csv.DictReader(file.read().decode().splitlines()))
settled = [row for row in rows if row["answer"] in {"yes", "partial", "no"}]
counts = Counter((row["region"], row["answer"]) for row in settled)
print(*(f"{r}\t{a}\t{n}" for (r, a), n in sorted(counts.items())), sep="\n")
