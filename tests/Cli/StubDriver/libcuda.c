// A driver library that computes nothing and fails as it is told to. Every call succeeds, memory is the host's, and a launch does nothing, unless the
// environment says otherwise:
//   STUB_FAULT=CALL:CODE:FROM[:WORDS][;...]  the call returns the code from its FROM-th use on (1 is the first); a module's loading also logs the words
//   STUB_HANG=CALL:FROM                      the call never returns from then on
//   STUB_CRASH=1                             cuInit ends the process by a signal
//   STUB_VERSION=12080                       the driver's version
//   STUB_GPUS=90,75                          the compute capability of each GPU
//   STUB_PROCESSORS=132                      multiprocessors
//   STUB_MEMORY=85899345920                  bytes of each GPU, all of them free at first
//   STUB_NAN=FROM                            downloads are NaN from the FROM-th on
// A function is missing where the file is compiled with -DNAME=other.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef int Result;
typedef uintptr_t Address;
enum { PAGE = 4096, OUT_OF_MEMORY = 2, INVALID_DEVICE = 101, JIT_ERROR_LOG = 5 };
static size_t used;

static const char *setting(const char *name, const char *fallback) {
    const char *value = getenv(name);
    return value ? value : fallback;
}

static Result asked(const char *call, int use, const char **words) {
    char name[64];
    int code, from, length;
    if (sscanf(setting("STUB_HANG", ""), "%63[^:]:%d", name, &from) == 2 && !strcmp(name, call) && use >= from) for (;;) pause();
    for (const char *at = setting("STUB_FAULT", ""); at && *at; at = strchr(at, ';'), at = at ? at + 1 : 0) {
        if (sscanf(at, "%63[^:]:%d:%d%n", name, &code, &from, &length) < 3 || strcmp(name, call) || use < from) continue;
        if (words && at[length] == ':') *words = at + length + 1;
        return code;
    }
    return 0;
}

#define ASKED(WORDS) { static int uses; Result fault = asked(__func__, __sync_add_and_fetch(&uses, 1), WORDS); if (fault) return fault; }

static int capability(int device) {
    const char *at = setting("STUB_GPUS", "90");
    while (device-- > 0) at = strchr(at, ',') + 1;
    return atoi(at);
}

static int gpus(void) {
    int count = 1;
    for (const char *at = setting("STUB_GPUS", "90"); *at; at++) count += *at == ',';
    return count;
}

static size_t memory(void) { return strtoull(setting("STUB_MEMORY", "85899345920"), 0, 10); }

Result cuInit(unsigned flags) { ASKED(0) if (*setting("STUB_CRASH", "")) abort(); return 0; }
Result cuDriverGetVersion(int *version) { ASKED(0) *version = atoi(setting("STUB_VERSION", "12080")); return 0; }
Result cuDeviceGetCount(int *count) { ASKED(0) *count = gpus(); return 0; }
Result cuDeviceGet(int *device, int ordinal) { ASKED(0) *device = ordinal; return ordinal < gpus() ? 0 : INVALID_DEVICE; }
Result cuDeviceGetName(char *name, int length, int device) { ASKED(0) snprintf(name, length, "Stub GPU"); return 0; }
Result cuDeviceGetUuid_v2(unsigned char *identity, int device) { ASKED(0) memset(identity, 0x51 + device, 16); return 0; }
Result cuDeviceTotalMem_v2(size_t *bytes, int device) { ASKED(0) *bytes = memory(); return 0; }
Result cuDeviceGetAttribute(int *value, int attribute, int device) {
    ASKED(0)
    int family = capability(device), block = family == 90 ? 232448 : family == 80 ? 166912 : family < 80 ? 65536 : 101376;
    switch (attribute) {
        case 16: *value = atoi(setting("STUB_PROCESSORS", "132")); break;
        case 75: *value = family / 10; break;
        case 76: *value = family % 10; break;
        case 81: *value = block + 1024; break; // shared memory of a multiprocessor
        case 82: *value = 65536; break; // its registers
        case 97: *value = block; break; // shared memory that a block may ask for
        default: *value = 0;
    }
    return 0;
}

Result cuDevicePrimaryCtxSetFlags_v2(int device, unsigned flags) { ASKED(0) return 0; }
Result cuDevicePrimaryCtxRetain(Address *context, int device) { ASKED(0) *context = 0x1000 + device; return 0; }
Result cuDevicePrimaryCtxRelease_v2(int device) { ASKED(0) return 0; }
Result cuCtxSetCurrent(Address context) { ASKED(0) return 0; }
Result cuMemGetInfo_v2(size_t *free, size_t *total) { ASKED(0) *total = memory(); *free = *total - used; return 0; }

Result cuMemAlloc_v2(Address *address, size_t bytes) {
    ASKED(0)
    if (used + bytes > memory()) return OUT_OF_MEMORY;
    char *place = mmap(0, bytes + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) return OUT_OF_MEMORY;
    *(size_t *)place = bytes;
    __sync_add_and_fetch(&used, bytes);
    *address = (Address)place + PAGE;
    return 0;
}

Result cuMemFree_v2(Address address) {
    ASKED(0)
    size_t bytes = *(size_t *)(address - PAGE);
    __sync_sub_and_fetch(&used, bytes);
    munmap((void *)(address - PAGE), bytes + PAGE);
    return 0;
}

Result cuMemHostAlloc(void **place, size_t bytes, unsigned flags) { ASKED(0) *place = malloc(bytes); return 0; }
Result cuMemFreeHost(void *place) { ASKED(0) free(place); return 0; }
Result cuMemsetD8Async(Address at, unsigned char value, size_t bytes, Address stream) {
    ASKED(0)
    Address from = (at + PAGE - 1) & -PAGE, to = (at + bytes) & -PAGE;
    if (value || from >= to || madvise((void *)from, to - from, MADV_DONTNEED)) { memset((void *)at, value, bytes); return 0; }
    memset((void *)at, 0, from - at); // Pages that are dropped are zeros, and take no time.
    memset((void *)to, 0, at + bytes - to);
    return 0;
}

Result cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t bytes, Address stream) { ASKED(0) memcpy((void *)to, from, bytes); return 0; }
Result cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes, Address stream) { ASKED(0) memcpy((void *)to, (void *)from, bytes); return 0; }
Result cuMemcpyDtoHAsync_v2(void *to, Address from, size_t bytes, Address stream) {
    ASKED(0)
    static int downloads;
    int nan = atoi(setting("STUB_NAN", "0"));
    if (nan && __sync_add_and_fetch(&downloads, 1) >= nan) memset(to, 0xff, bytes);
    else memcpy(to, (void *)from, bytes);
    return 0;
}

Result cuStreamCreate(Address *stream, unsigned flags) { ASKED(0) *stream = 0x2000; return 0; }
Result cuStreamQuery(Address stream) { ASKED(0) return 0; }
Result cuStreamSynchronize(Address stream) { ASKED(0) return 0; }
Result cuStreamWaitEvent(Address stream, Address event, unsigned flags) { ASKED(0) return 0; }
Result cuStreamDestroy_v2(Address stream) { ASKED(0) return 0; }
Result cuEventCreate(Address *event, unsigned flags) { ASKED(0) *event = 0x3000; return 0; }
Result cuEventRecord(Address event, Address stream) { ASKED(0) return 0; }
Result cuEventQuery(Address event) { ASKED(0) return 0; }
Result cuEventSynchronize(Address event) { ASKED(0) return 0; }
Result cuEventElapsedTime(float *milliseconds, Address start, Address end) { ASKED(0) *milliseconds = 1; return 0; }
Result cuEventDestroy_v2(Address event) { ASKED(0) return 0; }

Result cuModuleLoadDataEx(Address *module, const char *image, unsigned options, int *names, void **values) {
    const char *words = 0;
    static int uses;
    Result fault = asked(__func__, __sync_add_and_fetch(&uses, 1), &words);
    *module = 0x4000;
    if (fault && words && options && names[0] == JIT_ERROR_LOG) strcpy(values[0], words);
    return fault;
}

Result cuModuleUnload(Address module) { ASKED(0) return 0; }
Result cuModuleGetFunction(Address *function, Address module, const char *name) { ASKED(0) static Address next = 0x5000; *function = __sync_add_and_fetch(&next, 1); return 0; }
Result cuFuncSetAttribute(Address function, int attribute, int value) { ASKED(0) return 0; }
Result cuLaunchKernel(Address function, unsigned x, unsigned y, unsigned z, unsigned threadsX, unsigned threadsY, unsigned threadsZ, unsigned shared, Address stream,
    void **parameters, void **extra) { ASKED(0) return 0; }

// A graph is empty: what is recorded has been done, and a launch of it does nothing more.
Result cuStreamBeginCapture_v2(Address stream, int mode) { ASKED(0) return 0; }
Result cuStreamEndCapture(Address stream, Address *graph) { ASKED(0) *graph = 0x6000; return 0; }
Result cuStreamGetCaptureInfo_v2(Address stream, int *status, uint64_t *number, Address *graph, Address **last, size_t *count) {
    ASKED(0)
    static Address node = 0x7000;
    *status = 1; *number = 1; *graph = 0x6000; *last = &node; *count = 1;
    return 0;
}
Result cuGraphInstantiateWithFlags(Address *executable, Address graph, uint64_t flags) { ASKED(0) *executable = 0x8000; return 0; }
Result cuTensorMapEncodeTiled(void *map, int type, unsigned rank, void *address, const uint64_t *lengths, const uint64_t *strides, const unsigned *box, const unsigned *steps, int interleave, int swizzle, int promotion, int outside) { ASKED(0) return 0; }
Result cuTensorMapEncodeIm2col(void *map, int type, unsigned rank, void *address, const uint64_t *lengths, const uint64_t *strides, const int *first, const int *last, unsigned channels, unsigned windows, const unsigned *steps, int interleave, int swizzle, int promotion, int outside) { ASKED(0) return 0; }
Result cuGraphExecKernelNodeSetParams(Address executable, Address node, const void *parameters) { ASKED(0) return 0; }
Result cuGraphLaunch(Address executable, Address stream) { ASKED(0) return 0; }
Result cuGraphExecDestroy(Address executable) { ASKED(0) return 0; }
Result cuGraphDestroy(Address graph) { ASKED(0) return 0; }

Result cuGetErrorName(int error, const char **name) {
    static const struct { int code; const char *name; } names[] = {
        { 2, "CUDA_ERROR_OUT_OF_MEMORY" }, { 719, "CUDA_ERROR_LAUNCH_FAILED" }, { 34, "CUDA_ERROR_STUB_LIBRARY" }, { 46, "CUDA_ERROR_DEVICE_UNAVAILABLE" }, { 100, "CUDA_ERROR_NO_DEVICE" },
        { 218, "CUDA_ERROR_INVALID_PTX" }, { 222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION" }, { 700, "CUDA_ERROR_ILLEGAL_ADDRESS" },
        { 701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES" }, { 803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH" }, { 999, "CUDA_ERROR_UNKNOWN" } };
    *name = 0;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) if (names[i].code == error) *name = names[i].name;
    return 0;
}

Result cuGetErrorString(int error, const char **text) { *text = "as the test asked"; return 0; }
