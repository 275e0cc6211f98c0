#include "cli/service_manager.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

#include "broker/log.hpp"

namespace leveret::cli::service_manager {

namespace {

void tell(std::string_view message) {
    const char* const variable = std::getenv("NOTIFY_SOCKET");
    if (variable == nullptr) return;
    const std::string_view path(variable);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const bool is_address = path.starts_with('/') || path.starts_with('@');
    if (!is_address || path.size() >= sizeof address.sun_path) {
        broker::log::warning("NOTIFY_SOCKET is no address of a Unix socket: {}", path);
        return;
    }
    path.copy(address.sun_path, path.size());
    if (path.starts_with('@')) address.sun_path[0] = '\0';  // an abstract one, without a file
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket < 0) return;
    const ssize_t sent = ::sendto(socket, message.data(), message.size(), MSG_NOSIGNAL,
                                  reinterpret_cast<const sockaddr*>(&address), length);
    if (sent < 0) {
        broker::log::warning("the service manager is not told: {}", std::strerror(errno));
    }
    ::close(socket);
}

}  // namespace

void ready() { tell("READY=1\n"); }

void reloading() {
    std::timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n",
                     now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

void stopping() { tell("STOPPING=1\n"); }

}  // namespace leveret::cli::service_manager
