from . import callgear_bench_row
