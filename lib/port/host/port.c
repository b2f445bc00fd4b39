/* The build machine's port: the serial line is standard input and output, a restart is a new process image, and the
 * watchdog counts the CPU time of this process, so that one that waits, was stopped or is debugged does not look hung. */
#define _DEFAULT_SOURCE   /* clock_gettime, setenv, setitimer; on glibc and musl */
#define _GNU_SOURCE       /* dl_iterate_phdr */
#define _DARWIN_C_SOURCE  /* the same on macOS */

#include "../port.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <elf.h>
#include <link.h>
#elif defined(__APPLE__)
#include <crt_externs.h>
#include <mach-o/dyld.h>
#include <mach-o/loader.h>
#endif

#define RESET_MARK "FIELDMOUSE_RESET" /* why the next process image starts */

static struct {
    struct timespec start;
    port_reset_t reset;
} port;

static uint64_t nanoseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)(now.tv_sec - port.start.tv_sec) * 1000000000u + (uint64_t)now.tv_nsec -
           (uint64_t)port.start.tv_nsec;
}

static void start_anew(void);

static port_reset_t cause_by(const char *mark)
{
    if (mark == NULL) {
        return PORT_RESET_POWER;
    }
    return strcmp(mark, "soft") == 0 ? PORT_RESET_SOFT : PORT_RESET_WATCHDOG;
}

/* Nothing but what a signal handler may do. */
static void bite(int number)
{
    (void)number;
    start_anew();
}

void port_watchdog_feed(void)
{
    const struct itimerval period = {
        .it_value = {.tv_sec = PORT_WATCHDOG_MS / 1000, .tv_usec = PORT_WATCHDOG_MS % 1000 * 1000},
    };
    (void)setitimer(ITIMER_PROF, &period, NULL);
}

/* The mark stands from the start, for the watchdog bites where nobody may call setenv(). */
void port_init(void)
{
    /* Not masked while it runs: the new image would inherit that and never be bitten. */
    struct sigaction action = {.sa_handler = bite, .sa_flags = SA_NODEFER | SA_RESTART};
    (void)sigaction(SIGPROF, &action, NULL);
    port_watchdog_feed();
    (void)clock_gettime(CLOCK_MONOTONIC, &port.start);
    port.reset = cause_by(getenv(RESET_MARK));
    (void)setenv(RESET_MARK, "watchdog", 1);
}

void port_restart(void)
{
    (void)setenv(RESET_MARK, "soft", 1);
    start_anew();
}

uint32_t port_time_ms(void) { return (uint32_t)(nanoseconds() / 1000000u); }

/* Nanoseconds: the build machine's cycles mean nothing to anybody. */
uint32_t port_cycles(void) { return (uint32_t)nanoseconds(); }

/* Whether `fd` is ready for `events` within `timeout_ms` (-1: for ever). */
static bool ready(int fd, short events, int timeout_ms)
{
    struct pollfd one = {.fd = fd, .events = events};
    int n;
    do {
        n = poll(&one, 1, timeout_ms);
    } while (n < 0 && errno == EINTR);
    return n > 0;
}

/* The end of the input is the end of the line: whoever held it is gone, and everything it sent was handled. */
size_t port_uart_read(uint8_t *to, size_t n)
{
    if (n == 0 || !ready(STDIN_FILENO, POLLIN, 0)) {
        return 0;
    }
    ssize_t got;
    do {
        got = read(STDIN_FILENO, to, n);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return 0;
    }
    if (got <= 0) {
        port_uart_flush();
        exit(got == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    return (size_t)got;
}

/* Unbuffered, so a flush has nothing to do. Output that nobody can take ends the process. */
void port_uart_write(const uint8_t *from, size_t n)
{
    while (n != 0) {
        ssize_t put = write(STDOUT_FILENO, from, n);
        if (put < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK) {
                (void)ready(STDOUT_FILENO, POLLOUT, -1);
                continue;
            }
            if (errno == EINTR) {
                continue;
            }
            exit(EXIT_FAILURE);
        }
        from += put;
        n -= (size_t)put;
    }
}

void port_uart_flush(void) {}

uint32_t port_uart_faults(void) { return 0; }

void port_led(bool on) { (void)on; }

port_reset_t port_reset_cause(void) { return port.reset; }

/* The machine has no identity that it would be right to tell. */
void port_unique_id(uint8_t id[PORT_UNIQUE_ID_BYTES]) { memset(id, 0, PORT_UNIQUE_ID_BYTES); }

size_t port_stack_size(void) { return 0; }

size_t port_stack_seen(void) { return 0; }

void port_sleep(void) { (void)ready(STDIN_FILENO, POLLIN, PORT_WATCHDOG_MS / 2); }

#if defined(__linux__)

static void start_anew(void)
{
    char *name = (char[]){"/proc/self/exe"};
    char *arguments[] = {name, NULL};
    (void)setitimer(ITIMER_PROF, &(const struct itimerval){.it_value = {0}}, NULL); /* it would outlast this image */
    (void)execv(name, arguments);
    _exit(EXIT_FAILURE);
}

typedef struct {
    uint32_t id;
    bool found;
} build_id_t;

/* Looks for the "GNU" note of type NT_GNU_BUILD_ID among the notes of the program itself, which comes first. */
static int find_build_id(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    build_id_t *build = context;
    for (size_t i = 0; i < info->dlpi_phnum && !build->found; i++) {
        if (info->dlpi_phdr[i].p_type != PT_NOTE) {
            continue;
        }
        const uint8_t *at = (const uint8_t *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
        const uint8_t *end = at + info->dlpi_phdr[i].p_memsz;
        while ((size_t)(end - at) >= 12u) {
            uint32_t head[3]; /* bytes of the name, bytes of the descriptor, type */
            memcpy(head, at, sizeof head);
            const uint8_t *name = at + sizeof head;
            const uint8_t *id = name + ((head[0] + 3u) & ~3u);
            if (head[2] == NT_GNU_BUILD_ID && head[0] == 4u && memcmp(name, "GNU", 4) == 0 && head[1] >= 4u) {
                build->id = (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
                build->found = true;
                break;
            }
            at = id + ((head[1] + 3u) & ~3u);
        }
    }
    return 1; /* the program only, none of its libraries */
}

uint32_t port_build_id(void)
{
    build_id_t build = {0, false};
    (void)dl_iterate_phdr(find_build_id, &build);
    return build.id;
}

#elif defined(__APPLE__)

static void start_anew(void)
{
    char **arguments = *_NSGetArgv();
    (void)setitimer(ITIMER_PROF, &(const struct itimerval){.it_value = {0}}, NULL); /* it would outlast this image */
    (void)execv(arguments[0], arguments);
    _exit(EXIT_FAILURE);
}

/* Mach-O has no GNU note; its LC_UUID is the linker's hash of the same thing. */
uint32_t port_build_id(void)
{
    const struct mach_header_64 *header = (const struct mach_header_64 *)(const void *)_dyld_get_image_header(0);
    const uint8_t *at = (const uint8_t *)(header + 1);
    for (uint32_t i = 0; i < header->ncmds; i++) {
        const struct load_command *command = (const struct load_command *)(const void *)at;
        if (command->cmd == LC_UUID) {
            const uint8_t *id = ((const struct uuid_command *)(const void *)at)->uuid;
            return (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
        }
        at += command->cmdsize;
    }
    return 0;
}

#endif
