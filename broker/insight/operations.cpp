#include "broker/insight/operations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "broker/access_checks.hpp"
#include "broker/insight/access_requests.hpp"
#include "broker/insight/attempt.hpp"
#include "broker/limits.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker::insight {

using namespace protocol::amqp;
using Declared = Inspector::Declared;
using Kind = routing::Destination::Kind;

namespace {

[[noreturn]] void not_found(std::string_view what, std::string_view name, std::string_view vhost) {
    throw ProtocolError(reply::not_found,
                        fmt::format("no {} '{}' in vhost '{}'", what, name, vhost));
}

BindingDeclaration declaration(const Bind& request) {
    return {.source = request.source,
            .destination = request.destination,
            .routing_key = request.routing_key,
            .arguments = request.arguments};
}

void require_may_bind(Broker& broker, Vhost& vhost, const Bind& request) {
    if (auto rights = rights_of(broker, request.user, request.vhost)) {
        broker::require_may_bind(*rights, vhost, declaration(request), request.destination_kind);
    }
}

class PurgeOldest final : public Task {
public:
    PurgeOldest(Broker& broker, Purge request, std::function<void(Result<std::uint64_t>)> done)
        : broker_(broker), request_(std::move(request)), done_(std::move(done)) {}

    Progress step(Budget& budget) override {
        const Result<Progress> progress =
            attempt<Progress>(broker_, request_.user, [&] { return drop_some(budget); });
        if (!progress) {
            done_(progress.refusal());
            return Progress::done;
        }
        if (*progress != Progress::done) return *progress;
        tell();
        done_(gone_);
        return Progress::done;
    }

    void wait(std::function<void()> resume) override {
        queue_->when_first_comes(std::move(resume));
    }

private:
    static constexpr std::uint32_t units_per_message = 2;

    Progress drop_some(Budget& budget) {
        Vhost& vhost = find_vhost(broker_, request_.vhost);
        if (auto rights = rights_of(broker_, request_.user, request_.vhost)) {
            rights->require_read_queue(request_.queue);
        }
        queue_.reset(&vhost.queue(request_.queue, ConnectionId::none));
        while (gone_ < *request_.count) {
            if (queue_->first_is_paged_out()) return Progress::waits;
            if (vhost.purge_oldest(*queue_, 1) == 0) return Progress::done;
            ++gone_;
            if (!budget.spend(units_per_message)) return Progress::more;
        }
        return Progress::done;
    }

    void tell() const {
        const Observation::Acting acting(broker_.observation(), request_.user);
        broker_.observation().tell({.type = EventType::queue_purged,
                                    .object = static_cast<std::uint64_t>(queue_->id()),
                                    .vhost = request_.vhost,
                                    .name = request_.queue,
                                    .detail = fmt::format("{} messages", gone_)});
    }

    Broker& broker_;
    const Purge request_;
    const std::function<void(Result<std::uint64_t>)> done_;
    QueuePtr queue_;
    std::uint64_t gone_ = 0;
};

/// Rule: AMQP: names and routing keys are short strings, which bounds them for its own clients.
void check_short(std::string_view what, std::string_view text) {
    if (text.size() <= limits::name_octets) return;
    throw ProtocolError(reply::precondition_failed,
                        fmt::format("the {} is longer than {} octets", what, limits::name_octets));
}

void check_messages(const Queue& queue, const DeleteQueue& request) {
    if (!request.messages_max) return;
    const std::uint64_t messages = queue.ready_count() + queue.statistics().unacked_messages();
    if (messages <= *request.messages_max) return;
    throw ProtocolError(reply::precondition_failed,
                        fmt::format("queue '{}' in vhost '{}' has {} messages", request.name,
                                    request.vhost, messages));
}

}  // namespace

Vhost& find_vhost(Broker& broker, const std::string& name) {
    Vhost* const vhost = broker.find_vhost(name);
    if (vhost == nullptr) throw ProtocolError(reply::not_found, fmt::format("no vhost '{}'", name));
    return *vhost;
}

std::optional<access::Rights> rights_of(Broker& broker, const std::string& user,
                                        const std::string& vhost) {
    const bool is_local = user == local_administrator && broker.access().find(user) == nullptr;
    if (user.empty() || is_local) return std::nullopt;
    return std::optional<access::Rights>(std::in_place, broker.access(), user, vhost);
}

const routing::Binding* find_binding(Vhost& vhost, const Bind& request) {
    routing::Exchange* const source = vhost.find_exchange(request.source);
    const routing::Destination* destination = nullptr;
    if (request.destination_kind == Kind::queue) {
        destination = vhost.find_named_queue(request.destination);
    } else {
        destination = vhost.find_exchange(request.destination);
    }
    if (source == nullptr || destination == nullptr) return nullptr;
    return source->find_binding(*destination, request.routing_key, request.arguments);
}

Result<Declared> declare(Broker& broker, const DeclareExchange& request) {
    return attempt<Declared>(broker, request.user, [&] {
        Vhost& vhost = find_vhost(broker, request.vhost);
        check_short("name", request.name);
        const bool stood = vhost.find_exchange(request.name) != nullptr;
        ExchangeDeclaration declaration{.name = request.name,
                                        .type = request.type,
                                        .durable = request.durable,
                                        .auto_delete = request.auto_delete,
                                        .internal = request.internal,
                                        .arguments = request.arguments};
        if (auto rights = rights_of(broker, request.user, request.vhost)) {
            require_may_declare(*rights, vhost, declaration);
        }
        vhost.declare_exchange(std::move(declaration));
        return stood ? Declared::stood : Declared::created;
    });
}

Result<Declared> declare(Broker& broker, const DeclareQueue& request) {
    return attempt<Declared>(broker, request.user, [&] {
        Vhost& vhost = find_vhost(broker, request.vhost);
        check_short("name", request.name);
        const bool stood = vhost.find_named_queue(request.name) != nullptr;
        const std::string generated_name =
            request.name.empty() ? generated_queue_name() : std::string();
        QueueDeclaration declaration{.name = request.name,
                                     .durable = request.durable,
                                     .auto_delete = request.auto_delete,
                                     .arguments = request.arguments,
                                     .generated_name = generated_name};
        if (auto rights = rights_of(broker, request.user, request.vhost)) {
            require_may_declare(*rights, vhost, declaration);
        }
        (void)vhost.declare_queue(std::move(declaration), ConnectionId::none);
        return stood ? Declared::stood : Declared::created;
    });
}

Result<Done> remove(Broker& broker, const DeleteExchange& request) {
    return attempt<Done>(broker, request.user, [&] {
        Vhost& vhost = find_vhost(broker, request.vhost);
        if (auto rights = rights_of(broker, request.user, request.vhost)) {
            require_may_delete_exchange(*rights, request.name);
        }
        if (vhost.find_exchange(request.name) == nullptr) {
            not_found("exchange", request.name, request.vhost);
        }
        vhost.delete_exchange(request.name, request.if_unused);
        return Done{};
    });
}

Result<std::uint64_t> remove(Broker& broker, const DeleteQueue& request) {
    return attempt<std::uint64_t>(broker, request.user, [&] {
        Vhost& vhost = find_vhost(broker, request.vhost);
        if (auto rights = rights_of(broker, request.user, request.vhost)) {
            rights->require_configure_queue(request.name);
        }
        const Queue* const queue = vhost.find_named_queue(request.name);
        if (queue == nullptr) not_found("queue", request.name, request.vhost);
        check_messages(*queue, request);
        return std::uint64_t{vhost.delete_queue(request.name, ConnectionId::none, request.if_unused,
                                                request.if_empty)};
    });
}

Result<Declared> bind(Broker& broker, const Bind& request) {
    return attempt<Declared>(broker, request.user, [&] {
        Vhost& vhost = find_vhost(broker, request.vhost);
        check_short("routing key", request.routing_key);
        require_may_bind(broker, vhost, request);
        const bool stood = find_binding(vhost, request) != nullptr;
        if (request.destination_kind == Kind::queue) {
            vhost.bind_queue(declaration(request), ConnectionId::none);
        } else {
            vhost.bind_exchange(declaration(request));
        }
        return stood ? Declared::stood : Declared::created;
    });
}

Result<Done> unbind(Broker& broker, const Bind& request) {
    return attempt<Done>(broker, request.user, [&] {
        Vhost& vhost = find_vhost(broker, request.vhost);
        require_may_bind(broker, vhost, request);
        const bool implicit = request.source.empty();
        if (!implicit && find_binding(vhost, request) == nullptr) {
            throw ProtocolError(reply::not_found, "no such binding");
        }
        if (request.destination_kind == Kind::queue) {
            vhost.unbind_queue(declaration(request), ConnectionId::none);
        } else {
            vhost.unbind_exchange(declaration(request));
        }
        return Done{};
    });
}

Result<Done> pause(Broker& broker, const ObjectName& queue, bool paused, std::string_view user) {
    return attempt<Done>(broker, user, [&] {
        Vhost& vhost = find_vhost(broker, queue.vhost);
        if (auto rights = rights_of(broker, std::string(user), queue.vhost)) {
            rights->require_configure_queue(queue.name);
        }
        vhost.pause_queue(queue.name, ConnectionId::none, paused);
        return Done{};
    });
}

Result<std::uint64_t> purge(Broker& broker, const Purge& request) {
    return attempt<std::uint64_t>(broker, request.user, [&]() -> std::uint64_t {
        Vhost& vhost = find_vhost(broker, request.vhost);
        if (auto rights = rights_of(broker, request.user, request.vhost)) {
            rights->require_read_queue(request.queue);
        }
        return vhost.purge_queue(request.queue, ConnectionId::none);
    });
}

std::unique_ptr<Task> purge_oldest(Broker& broker, Purge request,
                                   std::function<void(Result<std::uint64_t>)> done) {
    return std::make_unique<PurgeOldest>(broker, std::move(request), std::move(done));
}

}  // namespace leveret::broker::insight
