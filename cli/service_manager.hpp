// What systemd is told about the process, by the protocol of sd_notify: a datagram to the socket
// that the variable NOTIFY_SOCKET names. Without the variable nothing happens.
#pragma once

namespace leveret::cli::service_manager {

/// Clients are served; also: the configuration has been read again.
void ready();

/// The configuration is being read again; ready() follows.
void reloading();

/// The process is about to end.
void stopping();

}  // namespace leveret::cli::service_manager
