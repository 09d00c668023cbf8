"""check_misses.py QUIRE-SIM TRACE TABLE: the simulator's misses are those of the table."""
import csv
import subprocess
import sys


def read_table(path):
    with open(path, encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def simulate(program, trace, rows):
    policies = ",".join(dict.fromkeys(row["policy"] for row in rows))
    frames = ",".join(dict.fromkeys(row["frames"] for row in rows))
    text = subprocess.run([program, trace, "--policy", policies, "--frames", frames, "--csv"],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    return {(row["policy"], row["frames"]): row for row in csv.DictReader(text.splitlines())}


def main(program, trace, table):
    rows = read_table(table)
    results = simulate(program, trace, rows)
    wrong = 0
    for row in rows:
        result = results[row["policy"], row["frames"]]
        distance = abs(float(result["miss_ratio"]) - float(row["miss_ratio"])) * 100
        good = (result["misses"] == row["misses"] if float(row["within"]) == 0
                else distance <= float(row["within"]))
        wrong += not good
        print(f"{'ok' if good else 'WRONG':5} {row['policy']:12} {row['frames']:>6} frames: "
              f"{result['misses']} misses, {float(result['miss_ratio']):.4f}; "
              f"the table says {row['misses'] or '-'}, {row['miss_ratio']}")
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
