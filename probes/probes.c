#include "probes/probes.h"

#include "probes/act/act.h"
#include "probes/capture.h"
#include "probes/counters.h"
#include "probes/firewall.h"
#include "probes/grant.h"
#include "probes/groups.h"
#include "probes/guard/sandbox.h"
#include "probes/host_look.h"
#include "probes/kernel_events.h"
#include "probes/names.h"
#include "probes/observer.h"
#include "probes/ping.h"
#include "probes/process.h"
#include "probes/process_maps.h"
#include "probes/route.h"
#include "probes/sockets_list.h"
#include "probes/trace_program.h"
#include "probes/translation.h"
#include "probes/way.h"

const struct probes linux_probes = {
    .observer_start = observer_start,
    .observer_wish = observer_wish,
    .observer_snapshots = observer_snapshots,
    .observer_stop = observer_stop,
    .sockets_list = sockets_list,
    .events_open = kernel_events_watch,
    .events_status = kernel_events_status,
    .events_read = kernel_events_gather,
    .events_close = kernel_events_close,
    .capture_start = capture_start,
    .capture_add = capture_add,
    .capture_filter = capture_filter,
    .capture_meter = capture_meter,
    .capture_end = capture_end,
    .capture_stop = capture_stop,
    .capture_read = capture_read,
    .capture_file_open = capture_file_open,
    .capture_file_put = capture_file_put,
    .capture_file_block = capture_file_block,
    .capture_file_flush = capture_file_flush,
    .capture_file_meter = capture_file_meter,
    .capture_file_close = capture_file_close,
    .ping_open = ping_open,
    .ping_fd = ping_fd,
    .ping_due_ns = ping_due_ns,
    .ping_raw = ping_raw,
    .ping_next = ping_next,
    .ping_close = ping_close,
    .netns_enter = grant_enter_netns,
    .confine = sandbox_enter,
    .help = sandbox_help,
    .privileges_look = sandbox_look,
    .helper_fd = sandbox_helper_fd,
    .grant_command = grant_command,
    .interface_to = interface_to,
    .interfaces_to = interfaces_to,
    .names_report = names_report,
    .route_look = route_look,
    .home_look = home_look,
    .way_look = way_look,
    .inside = way_inside,
    .firewall_look = firewall_look,
    .counters_read = counters_read,
    .host_look = host_look,
    .process_look = process_look,
    .process_maps = process_maps,
    .groups_look = groups_look,
    .limits_read = limits_read,
    .translation_look = translation_look,
    .program_start = program_start,
    .program_go = program_go,
    .program_next = program_next,
    .program_release = program_release,
    .program_signal = program_signal,
    .program_stop = program_stop,
    .socket_destroy = act_destroy,
    .process_signal = act_signal,
};
