/* The one main loop: take a line, feed the watchdog, sleep. The env names the app with -DAPP=<app>. */
#include "node.h"
#include "port.h"

#define STRING_OF(x) #x
#define STRING(x) STRING_OF(x)
#define JOIN_OF(a, b) a##b
#define JOIN(a, b) JOIN_OF(a, b)

#include STRING(APP.h)

/* All mutable state of the firmware outside lib/port; everything else is handed a pointer into it. */
static JOIN(APP, _t) state;
static node_t node;

int main(void)
{
    port_init();
    node_init(&node, &JOIN(APP, _app), &state);
    for (;;) {
        const bool worked = node_step(&node);
        port_watchdog_feed(); /* only a finished step gets here */
        if (!worked) {
            port_sleep();
        }
    }
}
