"""Measure this machine: float32 matrix products per second and memory bandwidth."""

import argparse
import json
from dataclasses import asdict

from lmkit.bench.machine import measure_machine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch takes")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    arguments = parser.parse_args()
    machine = measure_machine(arguments.threads)
    if arguments.json:
        print(json.dumps(asdict(machine)))
        return
    print(f"matrix product  {machine.gflops:7.1f} GFLOP/s (float32, {machine.threads} threads)")
    print(f"by torch.mm     {machine.torch_gflops:7.1f} GFLOP/s")
    if machine.bfloat16_gflops is not None:
        print(f"in bfloat16     {machine.bfloat16_gflops:7.1f} GFLOP/s")
    print(f"copy            {machine.copy_gb_per_second:7.1f} GB/s (read + written)")


if __name__ == "__main__":
    main()
