#include "mpi_shim.h"

#ifdef METARL_MPI

#if __has_include(<mpi.h>)
#include <mpi.h>
#elif __has_include(<mpi/mpi.h>)
#include <mpi/mpi.h>
#else
#error "The trait MPI needs the header mpi.h: install libopenmpi-dev, or add its folder to CPATH."
#endif

#include <stdlib.h>
#include <string.h>

// The ranks' exchanges, and the signals, which come at any time.
static MPI_Comm exchanges = MPI_COMM_NULL;
static MPI_Comm signals = MPI_COMM_NULL;
static int own_rank, rank_count;

// The requests of the exchange that takes place.
static MPI_Request *requests;
static int request_count;

// The offsets and counts that MPI takes for the bytes of all ranks.
static int *byte_counts, *byte_offsets;

// The signal on its way to each rank.
static MPI_Request *signal_requests;
static int *signals_sent;

static char fault[MPI_MAX_ERROR_STRING + 1];

static int checked(int status) {
  if (status == MPI_SUCCESS) return 0;
  int length = 0;
  if (MPI_Error_string(status, fault, &length) != MPI_SUCCESS) strcpy(fault, "unknown error of MPI");
  return -1;
}

#define CHECK(call)                                                                                                    \
  do {                                                                                                                 \
    if (checked(call) != 0) return -1;                                                                                 \
  } while (0)

int metarl_mpi_is_built(void) { return 1; }

const char *metarl_mpi_fault(void) { return fault; }

int metarl_mpi_start(int *rank, int *count) {
  int provided = 0;
  CHECK(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided));
  CHECK(MPI_Comm_dup(MPI_COMM_WORLD, &exchanges));
  CHECK(MPI_Comm_dup(MPI_COMM_WORLD, &signals));
  CHECK(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));
  CHECK(MPI_Comm_set_errhandler(exchanges, MPI_ERRORS_RETURN));
  CHECK(MPI_Comm_set_errhandler(signals, MPI_ERRORS_RETURN));
  CHECK(MPI_Comm_rank(exchanges, &own_rank));
  CHECK(MPI_Comm_size(exchanges, &rank_count));
  requests = calloc(2 * (size_t)rank_count, sizeof *requests);
  byte_counts = calloc((size_t)rank_count, sizeof *byte_counts);
  byte_offsets = calloc((size_t)rank_count, sizeof *byte_offsets);
  signal_requests = calloc((size_t)rank_count, sizeof *signal_requests);
  signals_sent = calloc((size_t)rank_count, sizeof *signals_sent);
  if (!requests || !byte_counts || !byte_offsets || !signal_requests || !signals_sent) {
    strcpy(fault, "out of memory");
    return -1;
  }
  for (int other = 0; other < rank_count; other++) signal_requests[other] = MPI_REQUEST_NULL;
  *rank = own_rank;
  *count = rank_count;
  return 0;
}

int metarl_mpi_finish(void) {
  for (int other = 0; other < rank_count; other++) {
    if (signal_requests[other] != MPI_REQUEST_NULL) CHECK(MPI_Request_free(&signal_requests[other]));
  }
  // All ranks have sent their last signals then, which are to be received.
  CHECK(MPI_Barrier(signals));
  int rank = 0, signal = 0, found = 1;
  while (found == 1) found = metarl_mpi_heard(&rank, &signal);
  CHECK(MPI_Finalize());
  return 0;
}

// Sends the same bytes to each of some ranks and receives theirs. The tags keep the counts apart from the bytes.
static int begin_among(
    int first, int end, int tag, const void *bytes, int count, const int *counts, const int *offsets, void *all) {
  request_count = 0;
  for (int other = first; other < end; other++) {
    char *place = (char *)all + offsets[other];
    if (other == own_rank) {
      memcpy(place, bytes, (size_t)count);
      continue;
    }
    CHECK(MPI_Irecv(place, counts[other], MPI_BYTE, other, tag, exchanges, &requests[request_count++]));
    CHECK(MPI_Isend(bytes, count, MPI_BYTE, other, tag, exchanges, &requests[request_count++]));
  }
  return 0;
}

int metarl_mpi_begin_counts(int first, int end, int64_t count, int64_t *counts) {
  static int64_t own;
  own = count;
  if (first == 0 && end == rank_count) {
    request_count = 1;
    CHECK(MPI_Iallgather(&own, 1, MPI_INT64_T, counts, 1, MPI_INT64_T, exchanges, &requests[0]));
    return 0;
  }
  for (int other = first; other < end; other++) {
    byte_counts[other] = sizeof own;
    byte_offsets[other] = (other - first) * (int)sizeof own;
  }
  return begin_among(first, end, 1, &own, sizeof own, byte_counts, byte_offsets, counts);
}

int metarl_mpi_begin_bytes(int first, int end, const void *bytes, const int64_t *counts, void *all) {
  int64_t offset = 0;
  for (int other = first; other < end; other++) {
    if (counts[other - first] < 0 || offset + counts[other - first] > INT32_MAX) {
      strcpy(fault, "expected fewer than 2^31 bytes in an exchange of all ranks, found more: fewer runs at a time may help");
      return -1;
    }
    byte_counts[other] = (int)counts[other - first];
    byte_offsets[other] = (int)offset;
    offset += counts[other - first];
  }
  if (first == 0 && end == rank_count) {
    request_count = 1;
    CHECK(MPI_Iallgatherv(
        bytes, byte_counts[own_rank], MPI_BYTE, all, byte_counts, byte_offsets, MPI_BYTE, exchanges, &requests[0]));
    return 0;
  }
  return begin_among(first, end, 2, bytes, byte_counts[own_rank], byte_counts, byte_offsets, all);
}

int metarl_mpi_test(void) {
  int ended = 0;
  CHECK(MPI_Testall(request_count, requests, &ended, MPI_STATUSES_IGNORE));
  return ended;
}

int metarl_mpi_signal(int rank, int signal) {
  if (signal_requests[rank] != MPI_REQUEST_NULL) {
    int ended = 0;
    CHECK(MPI_Test(&signal_requests[rank], &ended, MPI_STATUS_IGNORE));
    if (!ended) return 0;
  }
  signals_sent[rank] = signal;
  CHECK(MPI_Isend(&signals_sent[rank], 1, MPI_INT, rank, 0, signals, &signal_requests[rank]));
  return 1;
}

int metarl_mpi_heard(int *rank, int *signal) {
  int found = 0;
  MPI_Status status;
  CHECK(MPI_Iprobe(MPI_ANY_SOURCE, 0, signals, &found, &status));
  if (!found) return 0;
  CHECK(MPI_Recv(signal, 1, MPI_INT, status.MPI_SOURCE, 0, signals, &status));
  *rank = status.MPI_SOURCE;
  return 1;
}

#else

int metarl_mpi_is_built(void) { return 0; }
const char *metarl_mpi_fault(void) { return "built without MPI"; }
int metarl_mpi_start(int *rank, int *count) { return -1; }
int metarl_mpi_finish(void) { return -1; }
int metarl_mpi_begin_counts(int first, int end, int64_t count, int64_t *counts) { return -1; }
int metarl_mpi_begin_bytes(int first, int end, const void *bytes, const int64_t *counts, void *all) { return -1; }
int metarl_mpi_test(void) { return -1; }
int metarl_mpi_signal(int rank, int signal) { return -1; }
int metarl_mpi_heard(int *rank, int *signal) { return -1; }

#endif
