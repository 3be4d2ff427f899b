// The shim to MPI, which libopenmpi-dev installs. Without the package's trait `MPI` nothing of it is compiled but
// `metarl_mpi_is_built`. All calls but that one come from the thread that called `metarl_mpi_start`.
//
// Every function that returns an int returns 0 where nothing else is said, or a negative number for an error, whose text
// `metarl_mpi_fault` gives.
#ifndef METARL_MPI_SHIM_H
#define METARL_MPI_SHIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// 1 in a program that was built with MPI, otherwise 0.
int metarl_mpi_is_built(void);

// The text of the last error.
const char *metarl_mpi_fault(void);

// Starts MPI on the calling thread, and finds the number of this rank and of all ranks.
int metarl_mpi_start(int *rank, int *count);

// Ends MPI, which waits for all other ranks to end it.
int metarl_mpi_finish(void);

// Begins to tell the ranks from `first` to `end - 1`, of which this is one, the number of the bytes that come next, and
// to receive theirs in `counts`, one each in the order of the ranks. The memory must stay until the exchange has ended.
// One exchange at a time takes place.
int metarl_mpi_begin_counts(int first, int end, int64_t count, int64_t *counts);

// Begins to give the same ranks `bytes`, and to receive those of all, one after another in the order of the ranks, in
// `all`. They are fewer than 2^31 together.
int metarl_mpi_begin_bytes(int first, int end, const void *bytes, const int64_t *counts, void *all);

// 1 where the exchange has ended, 0 where it goes on.
int metarl_mpi_test(void);

// Sends `signal` to a rank without waiting. Returns 1, or 0 where an earlier signal to it is on its way and nothing is sent.
int metarl_mpi_signal(int rank, int signal);

// Receives a signal that has come. Returns 1 with one, 0 without any.
int metarl_mpi_heard(int *rank, int *signal);

#ifdef __cplusplus
}
#endif

#endif
