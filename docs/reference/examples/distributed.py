import tinygrad_edu as tg

# distributed.is_available, distributed.is_launched
tg.distributed.is_launched()  # not by mpiexec

# distributed.is_initialized
tg.distributed.is_initialized()

# distributed.ReduceOp
list(tg.distributed.ReduceOp)

# distributed.destroy_process_group
tg.distributed.destroy_process_group()
tg.distributed.is_initialized()
