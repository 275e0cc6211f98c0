#include "broker/insight/inspector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>

#include "broker/broker.hpp"
#include "broker/insight/access_operations.hpp"
#include "broker/insight/broker_side.hpp"
#include "broker/insight/caller_side.hpp"
#include "broker/insight/describe.hpp"
#include "broker/insight/import_definitions.hpp"
#include "broker/insight/lists.hpp"
#include "broker/insight/node_figures.hpp"
#include "broker/insight/operations.hpp"
#include "broker/insight/peek.hpp"
#include "broker/insight/policy_operations.hpp"
#include "broker/insight/publish.hpp"
#include "broker/insight/reading.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker::insight {

using protocol::amqp::ProtocolError;
namespace reply = protocol::amqp::reply;

namespace {

/// Snapshots are large: each is moved once, and not again whenever the list grows.
template <class Snapshot>
std::vector<Snapshot> joined(std::vector<std::vector<Snapshot>> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    std::size_t total = 0;
    for (const auto& part : parts) total += part.size();
    std::vector<Snapshot> all;
    all.reserve(total);
    for (auto& part : parts) std::move(part.begin(), part.end(), std::back_inserter(all));
    return all;
}

/// One reading is due in each of these when nobody watches.
using Period = std::chrono::duration<std::int64_t, std::ratio<5>>;

/// What a single operation counts as in a slice.
constexpr std::uint32_t operation_units = 8;

/// A task of one slice.
class OneStep final : public Task {
public:
    explicit OneStep(std::function<void()> work) : work_(std::move(work)) {}
    Progress step(Budget& budget) override {
        work_();
        budget.spend(operation_units);
        return Progress::done;
    }

private:
    std::function<void()> work_;
};

/// Sends what changes of users and permissions to whoever follows that.
class AccessForwarder final : public access::AccessListener {
public:
    AccessForwarder(Broker& broker, const Post& to_caller)
        : broker_(broker), to_caller_(to_caller) {}
    ~AccessForwarder() { broker_.access().set_listener(nullptr); }
    AccessForwarder(const AccessForwarder&) = delete;
    AccessForwarder& operator=(const AccessForwarder&) = delete;

    /// Thread: the caller's, before start().
    void set_follower(Then<const access::AccessChange&> follower) {
        follower_ = std::move(follower);
    }
    /// Thread: broker thread.
    void start() {
        broker_.access().set_listener(this);
        for (const access::AccessChange& change : broker_.access().all()) access_changed(change);
    }
    void access_changed(const access::AccessChange& change) override {
        to_caller_([this, change] { follower_(change); });
    }

private:
    Broker& broker_;
    const Post& to_caller_;
    Then<const access::AccessChange&> follower_;
};

/// Calls when all that was handed to the store before is durable.
class WhenDurable final : public storage::DurableListener {
public:
    explicit WhenDurable(std::function<void()> call) : call_(std::move(call)) {}
    void durable(std::uint64_t) override { call_(); }

private:
    std::function<void()> call_;
};

template <class Snapshot>
Result<Snapshot> only(std::vector<Snapshot> found, const std::string& what) {
    if (found.empty()) return Refusal::of(ProtocolError(reply::not_found, what));
    return std::move(found.front());
}

/// A channel's name, taken apart: "<connection> (1)".
ChannelQuery channel_query(std::string_view name) {
    const std::size_t bracket = name.rfind(" (");
    std::uint16_t number = 0;
    if (bracket != std::string_view::npos && name.ends_with(')')) {
        std::from_chars(name.data() + bracket + 2, name.data() + name.size() - 1, number);
    }
    return {.vhosts = {},
            .user = {},
            .connection = std::string(name.substr(0, bracket)),
            .number = number};
}

}  // namespace

/// Both halves, and the ways between them. What runs on the broker thread touches broker_side_
/// only, what runs on the caller's only caller_side_.
class Inspector::Parts {
public:
    Parts(Broker& broker, Post to_broker, Post to_caller)
        : to_broker_(std::move(to_broker)),
          to_caller_(std::move(to_caller)),
          clock_(broker.clock()),
          data_dir_(broker.config().data_dir),
          broker_side_(
              broker, to_broker_,
              [this](EventBatch batch) {
                  to_caller_([this, batch = std::make_shared<EventBatch>(std::move(batch))] {
                      caller_side_.take(std::move(*batch));
                  });
              }),
          caller_side_(broker.config().stats.memory),
          access_(broker, to_caller_) {}

    // Ways between the threads. What is to answer stays with the caller: it is ended there too.

    /// Runs `work(BrokerSide&)` as a slice, and answers with what it gives.
    template <class Value, class Work>
    void call(Work work, Then<Value> then) {
        auto answer = std::make_shared<Then<Value>>(std::move(then));
        to_broker_([this, work = std::move(work), answer] {
            broker_side_.slices().start(std::make_unique<OneStep>(
                [this, work, answer] { this->answer(answer, work(broker_side_)); }));
        });
    }

    /// The same for what changes a vhost: the answer waits until the change is durable.
    template <class Value, class Work>
    void operate(std::string vhost_name, Work work, Then<Result<Value>> then) {
        auto answer = std::make_shared<Then<Result<Value>>>(std::move(then));
        to_broker_([this, vhost_name = std::move(vhost_name), work = std::move(work), answer] {
            broker_side_.slices().start(std::make_unique<OneStep>([this, vhost_name, work, answer] {
                Broker& broker = broker_side_.broker();
                Vhost* const vhost = broker.find_vhost(vhost_name);
                const std::uint64_t before = vhost == nullptr ? 0 : vhost->stored_changes();
                Result<Value> result = work(broker);
                const bool changed = vhost != nullptr && vhost->stored_changes() != before;
                answer_when_durable(answer, std::move(result), changed);
            }));
        });
    }

    /// The same for what belongs to no vhost.
    template <class Value, class Work>
    void operate_globally(Work work, Then<Result<Value>> then) {
        auto answer = std::make_shared<Then<Result<Value>>>(std::move(then));
        to_broker_([this, work = std::move(work), answer] {
            broker_side_.slices().start(std::make_unique<OneStep>([this, work, answer] {
                Result<Value> result = work(broker_side_.broker());
                const bool changed = result.ok();
                answer_when_durable(answer, std::move(result), changed);
            }));
        });
    }

    template <class Request>
    void put(Request request, Then<Result<Declared>> then) {
        operate_globally<Declared>([request = std::move(request)](
                                       Broker& broker) { return insight::put(broker, request); },
                                   std::move(then));
    }
    template <class Request>
    void remove_globally(Request request, Then<Result<Done>> then) {
        operate_globally<Done>([request = std::move(request)](
                                   Broker& broker) { return insight::remove(broker, request); },
                               std::move(then));
    }

    void follow_access(Then<const access::AccessChange&> follower) {
        access_.set_follower(std::move(follower));
        to_broker_([this] { access_.start(); });
    }

    /// Lists with `make(Broker&, Gather<Snapshot>)`, and completes each snapshot as it comes.
    template <class Snapshot, class Make>
    void list(Make make, Samples samples, Then<std::vector<Snapshot>> then) {
        struct Found {
            std::vector<std::vector<Snapshot>> parts;
            Then<std::vector<Snapshot>> then;
        };
        auto found = std::make_shared<Found>(Found{{}, std::move(then)});
        to_broker_([this, make = std::move(make), samples, found] {
            Gather<Snapshot> gather{
                .part =
                    [this, samples, found](std::vector<Snapshot> snapshots) {
                        auto part = std::make_shared<std::vector<Snapshot>>(std::move(snapshots));
                        to_caller_([this, samples, found, part] {
                            for (Snapshot& snapshot : *part) complete(snapshot, samples);
                            found->parts.push_back(std::move(*part));
                        });
                    },
                .done =
                    [this, found] {
                        to_caller_([found] {
                            const Then<std::vector<Snapshot>> answer =
                                std::exchange(found->then, nullptr);
                            answer(joined(std::move(found->parts)));
                        });
                    }};
            broker_side_.slices().start(make(broker_side_.broker(), std::move(gather)));
        });
    }

    void purge_oldest(Purge request, Then<Result<std::uint64_t>> then) {
        auto answer = std::make_shared<Then<Result<std::uint64_t>>>(std::move(then));
        to_broker_([this, request = std::move(request), answer] {
            broker_side_.slices().start(insight::purge_oldest(
                broker_side_.broker(), request, [this, answer](Result<std::uint64_t> gone) {
                    const bool changed = gone.ok();
                    answer_when_durable(answer, std::move(gone), changed);
                }));
        });
    }

    /// Runs the task that `make(Broker&, done)` gives, which answers by `done`.
    template <class Value, class Make>
    void run(Make make, Then<Value> then) {
        auto answer = std::make_shared<Then<Value>>(std::move(then));
        to_broker_([this, make = std::move(make), answer] {
            broker_side_.slices().start(
                make(broker_side_.broker(), std::function<void(Value)>([this, answer](Value value) {
                         this->answer(answer, std::move(value));
                     })));
        });
    }

    void publish(Publish request, Then<Result<Published>> then) {
        auto answer = std::make_shared<Then<Result<Published>>>(std::move(then));
        auto message = std::make_shared<Publish>(std::move(request));
        to_broker_([this, message, answer] {
            broker_side_.slices().start(std::make_unique<OneStep>([this, message, answer] {
                const auto when_durable = [this, answer]() -> storage::Waiter {
                    return {new WhenDurable([this, answer] {
                                this->answer<Result<Published>>(answer, Published::routed);
                            }),
                            0};
                };
                Broker& broker = broker_side_.broker();
                const Result<PublishOutcome> outcome =
                    insight::publish(broker, *message, when_durable);
                broker.turn().end_soon();
                if (!outcome) return this->answer<Result<Published>>(answer, outcome.refusal());
                if (!outcome->durable) {
                    this->answer<Result<Published>>(answer, outcome->published);
                }
            }));
        });
    }

    void close(ConnectionQuery query, std::string reason, Then<std::uint64_t> then) {
        auto answer = std::make_shared<Then<std::uint64_t>>(std::move(then));
        to_broker_([this, query = std::move(query), reason = std::move(reason), answer] {
            broker_side_.slices().start(close_connections(
                broker_side_.broker(), query, reason,
                [this, answer](std::uint64_t closed) { this->answer(answer, closed); }));
        });
    }

    // Readings

    void tick() {
        const UnixTime now = clock_.unix_now();
        const auto period = std::chrono::floor<Period>(now.time_since_epoch());
        if (reading_ || (watchers_ == 0 && last_period_ == period)) return;
        last_period_ = period;
        reading_ = true;
        caller_side_.begin_reading(now, watchers_ != 0, read_node_figures(data_dir_));
        const bool all = std::exchange(first_reading_, false);
        to_broker_([this, all] {
            broker_side_.slices().start(std::make_unique<ReadCounters>(
                broker_side_.broker(), all,
                [this](ReadingPart reading) {
                    auto part = std::make_shared<ReadingPart>(std::move(reading));
                    to_caller_([this, part] { caller_side_.take(*part); });
                },
                [this] { to_caller_([this] { end_reading(); }); }));
        });
    }

    void watch() { ++watchers_; }
    void unwatch() { --watchers_; }

    [[nodiscard]] CallerSide& caller_side() { return caller_side_; }
    [[nodiscard]] BrokerSide& broker_side() { return broker_side_; }
    [[nodiscard]] const std::filesystem::path& data_dir() const { return data_dir_; }

private:
    template <class Value>
    void answer(const std::shared_ptr<Then<Value>>& then, Value value) {
        to_caller_([then, value = std::make_shared<Value>(std::move(value))] {
            const Then<Value> call = std::exchange(*then, nullptr);
            call(std::move(*value));
        });
    }

    template <class Value>
    void answer_when_durable(const std::shared_ptr<Then<Result<Value>>>& then, Result<Value> result,
                             bool changed) {
        if (!changed) return answer(then, std::move(result));
        auto value = std::make_shared<Result<Value>>(std::move(result));
        Broker& broker = broker_side_.broker();
        broker.store().barrier(
            {new WhenDurable([this, then, value] { answer(then, std::move(*value)); }), 0});
        broker.turn().end_soon();
    }

    template <class Snapshot>
    void complete(Snapshot& snapshot, const Samples& samples) const {
        if constexpr (requires { caller_side_.complete(snapshot, samples); }) {
            caller_side_.complete(snapshot, samples);
        }
    }

    void end_reading() {
        caller_side_.end_reading();
        reading_ = false;
    }

    const Post to_broker_;
    const Post to_caller_;
    const Clock& clock_;
    const std::filesystem::path data_dir_;
    BrokerSide broker_side_;
    CallerSide caller_side_;
    AccessForwarder access_;
    std::uint32_t watchers_ = 0;
    std::optional<Period> last_period_;  ///< of the latest reading
    bool first_reading_ = true;
    bool reading_ = false;  ///< one is under way
};

Inspector::Inspector(Broker& broker, Post to_broker, Post to_caller)
    : parts_(std::make_unique<Parts>(broker, std::move(to_broker), std::move(to_caller))) {}

Inspector::~Inspector() = default;

void Inspector::tick() { parts_->tick(); }
void Inspector::watch() { parts_->watch(); }
void Inspector::unwatch() { parts_->unwatch(); }

// Lists

void Inspector::queues(Vhosts vhosts, Samples samples, Then<std::vector<QueueSnapshot>> then) {
    parts_->list<QueueSnapshot>(
        [vhosts = std::move(vhosts)](Broker& broker, Gather<QueueSnapshot> gather) {
            return list_queues(broker, vhosts, std::move(gather));
        },
        samples, std::move(then));
}

void Inspector::exchanges(Vhosts vhosts, Samples samples,
                          Then<std::vector<ExchangeSnapshot>> then) {
    parts_->list<ExchangeSnapshot>(
        [vhosts = std::move(vhosts)](Broker& broker, Gather<ExchangeSnapshot> gather) {
            return list_exchanges(broker, vhosts, std::move(gather));
        },
        samples, std::move(then));
}

void Inspector::bindings(BindingQuery query, Then<std::vector<BindingSnapshot>> then) {
    parts_->list<BindingSnapshot>(
        [query = std::move(query)](Broker& broker, Gather<BindingSnapshot> gather) {
            return list_bindings(broker, query, std::move(gather));
        },
        {}, std::move(then));
}

void Inspector::connections(ConnectionQuery query, Samples samples,
                            Then<std::vector<ConnectionSnapshot>> then) {
    parts_->list<ConnectionSnapshot>(
        [query = std::move(query)](Broker& broker, Gather<ConnectionSnapshot> gather) {
            return list_connections(broker, query, std::move(gather));
        },
        samples, std::move(then));
}

void Inspector::channels(ChannelQuery query, Samples samples,
                         Then<std::vector<ChannelSnapshot>> then) {
    parts_->list<ChannelSnapshot>(
        [query = std::move(query)](Broker& broker, Gather<ChannelSnapshot> gather) {
            return list_channels(broker, query, std::move(gather));
        },
        samples, std::move(then));
}

void Inspector::consumers(ConsumerQuery query, Then<std::vector<ConsumerSnapshot>> then) {
    parts_->list<ConsumerSnapshot>(
        [query = std::move(query)](Broker& broker, Gather<ConsumerSnapshot> gather) {
            return list_consumers(broker, query, std::move(gather));
        },
        {}, std::move(then));
}

void Inspector::vhosts(Vhosts vhosts, Samples samples, Then<std::vector<VhostSnapshot>> then) {
    parts_->list<VhostSnapshot>(
        [vhosts = std::move(vhosts)](Broker& broker, Gather<VhostSnapshot> gather) {
            return list_vhosts(broker, vhosts, std::move(gather));
        },
        samples, std::move(then));
}

// Single objects

void Inspector::queue(ObjectName name, Samples samples, Then<Result<QueueSnapshot>> then) {
    parts_->call<Result<QueueSnapshot>>(
        [name = std::move(name)](BrokerSide& side) -> Result<QueueSnapshot> {
            try {
                Vhost& vhost = find_vhost(side.broker(), name.vhost);
                const Queue* const queue = vhost.find_named_queue(name.name);
                if (queue != nullptr) {
                    QueueSnapshot snapshot = describe(vhost, *queue);
                    snapshot.effective = vhost.effective_settings(*queue);
                    return snapshot;
                }
                throw ProtocolError(reply::not_found, fmt::format("no queue '{}' in vhost '{}'",
                                                                  name.name, name.vhost));
            } catch (const ProtocolError& error) {
                return Refusal::of(error);
            }
        },
        [parts = parts_.get(), samples, then = std::move(then)](Result<QueueSnapshot> found) {
            if (found) parts->caller_side().complete(*found, samples);
            then(std::move(found));
        });
}

void Inspector::exchange(ObjectName name, Samples samples, Then<Result<ExchangeSnapshot>> then) {
    parts_->call<Result<ExchangeSnapshot>>(
        [name = std::move(name)](BrokerSide& side) -> Result<ExchangeSnapshot> {
            try {
                Vhost& vhost = find_vhost(side.broker(), name.vhost);
                return describe(vhost, vhost.exchange(name.name));
            } catch (const ProtocolError& error) {
                return Refusal::of(error);
            }
        },
        [parts = parts_.get(), samples, then = std::move(then)](Result<ExchangeSnapshot> found) {
            if (found) parts->caller_side().complete(*found, samples);
            then(std::move(found));
        });
}

void Inspector::connection(std::string name, Samples samples,
                           Then<Result<ConnectionSnapshot>> then) {
    connections({.vhosts = {}, .user = {}, .name = name}, samples,
                [name, then = std::move(then)](std::vector<ConnectionSnapshot> found) {
                    then(only(std::move(found), fmt::format("no connection '{}'", name)));
                });
}

void Inspector::channel(std::string name, Samples samples, Then<Result<ChannelSnapshot>> then) {
    channels(channel_query(name), samples,
             [name, then = std::move(then)](std::vector<ChannelSnapshot> found) {
                 then(only(std::move(found), fmt::format("no channel '{}'", name)));
             });
}

void Inspector::overview(Vhosts vhosts, Samples samples, Then<OverviewSnapshot> then) {
    const bool all = !vhosts.has_value();
    Parts* const parts = parts_.get();
    this->vhosts(std::move(vhosts), {},
                 [parts, all, samples, then = std::move(then)](std::vector<VhostSnapshot> found) {
                     parts->call<ChurnFigures<std::uint64_t>>(
                         [](BrokerSide& side) { return side.broker().observation().churn(); },
                         [parts, all, samples, then,
                          found = std::move(found)](ChurnFigures<std::uint64_t> churn) {
                             then(parts->caller_side().sum_up(found, all, churn, samples));
                         });
                 });
}

void Inspector::node(Samples samples, Then<NodeSnapshot> then) {
    Parts* const parts = parts_.get();
    parts->call<NodeSnapshot>(
        [](BrokerSide& side) {
            Broker& broker = side.broker();
            NodeSnapshot node;
            node.started_at = side.started_at();
            node.uptime = broker.clock().unix_now() - side.started_at();
            node.alarms = side.alarms();
            node.memory_limit = broker.alarms().memory_high_watermark();
            node.sockets_used = broker.observation().clients().connection_count();
            node.store = broker.store().stats();
            node.churn.counts = broker.observation().churn();
            return node;
        },
        [parts, samples, then = std::move(then)](NodeSnapshot node) {
            const NodeFigures figures = read_node_figures(parts->data_dir());
            node.descriptors_max = figures.descriptors_max;
            node.threads = figures.threads;
            node.processors = figures.processors;
            node.context_switches = figures.context_switches;
            node.process_id = figures.process_id;
            node.memory_used.value = figures.memory_used;
            node.disk_free.value = figures.disk_free;
            node.descriptors_used.value = figures.descriptors_used;
            parts->caller_side().complete(node, samples);
            then(std::move(node));
        });
}

void Inspector::listeners(Then<std::vector<ListenerSnapshot>> then) {
    parts_->call<std::vector<ListenerSnapshot>>(
        [](BrokerSide& side) { return side.broker().observation().listeners(); }, std::move(then));
}

// Messages

void Inspector::peek(Peek request, Then<Result<PeekPage>> then) {
    parts_->run<Result<PeekPage>>(
        [request = std::move(request)](Broker& broker, auto done) {
            return peek_messages(broker, request, std::move(done));
        },
        std::move(then));
}

void Inspector::message(ObjectName queue, std::uint64_t sequence,
                        Then<Result<PeekedMessage>> then) {
    parts_->run<Result<PeekedMessage>>(
        [queue = std::move(queue), sequence](Broker& broker, auto done) {
            return peek_message(broker, queue, sequence, std::move(done));
        },
        std::move(then));
}

void Inspector::unacked(ObjectName queue, Then<Result<std::vector<UnackedSnapshot>>> then) {
    this->queue(queue, {},
                [parts = parts_.get(), queue, then = std::move(then)](Result<QueueSnapshot> found) {
                    if (!found) return then(found.refusal());
                    parts->list<UnackedSnapshot>(
                        [queue](Broker& broker, Gather<UnackedSnapshot> gather) {
                            return list_unacked(broker, queue, std::move(gather));
                        },
                        {},
                        [then](std::vector<UnackedSnapshot> deliveries) {
                            std::sort(deliveries.begin(), deliveries.end(),
                                      [](const UnackedSnapshot& a, const UnackedSnapshot& b) {
                                          return a.sequence < b.sequence;
                                      });
                            then(std::move(deliveries));
                        });
                });
}

// Operations

void Inspector::declare(DeclareExchange request, Then<Result<Declared>> then) {
    parts_->operate<Declared>(
        request.vhost, [request](Broker& broker) { return insight::declare(broker, request); },
        std::move(then));
}

void Inspector::declare(DeclareQueue request, Then<Result<Declared>> then) {
    parts_->operate<Declared>(
        request.vhost, [request](Broker& broker) { return insight::declare(broker, request); },
        std::move(then));
}

void Inspector::remove(DeleteExchange request, Then<Result<Done>> then) {
    parts_->operate<Done>(
        request.vhost, [request](Broker& broker) { return insight::remove(broker, request); },
        std::move(then));
}

void Inspector::remove(DeleteQueue request, Then<Result<std::uint64_t>> then) {
    parts_->operate<std::uint64_t>(
        request.vhost, [request](Broker& broker) { return insight::remove(broker, request); },
        std::move(then));
}

void Inspector::bind(Bind request, Then<Result<Declared>> then) {
    parts_->operate<Declared>(
        request.vhost, [request](Broker& broker) { return insight::bind(broker, request); },
        std::move(then));
}

void Inspector::unbind(Bind request, Then<Result<Done>> then) {
    parts_->operate<Done>(
        request.vhost, [request](Broker& broker) { return insight::unbind(broker, request); },
        std::move(then));
}

void Inspector::purge(Purge request, Then<Result<std::uint64_t>> then) {
    if (request.count) return parts_->purge_oldest(std::move(request), std::move(then));
    parts_->operate<std::uint64_t>(
        request.vhost, [request](Broker& broker) { return insight::purge(broker, request); },
        std::move(then));
}

void Inspector::publish(Publish request, Then<Result<Published>> then) {
    parts_->publish(std::move(request), std::move(then));
}

void Inspector::get(Get request, Then<Result<std::vector<GotMessage>>> then) {
    parts_->run<Result<std::vector<GotMessage>>>(
        [request = std::move(request)](Broker& broker, auto done) {
            return get_messages(broker, request, std::move(done));
        },
        std::move(then));
}

void Inspector::pause(ObjectName queue, bool paused, std::string user, Then<Result<Done>> then) {
    std::string vhost = queue.vhost;
    parts_->operate<Done>(
        std::move(vhost),
        [queue = std::move(queue), paused, user = std::move(user)](Broker& broker) {
            return insight::pause(broker, queue, paused, user);
        },
        std::move(then));
}

void Inspector::close_connection(std::string name, std::string reason, Then<Result<Done>> then) {
    parts_->close({.vhosts = {}, .user = {}, .name = name}, std::move(reason),
                  [name, then = std::move(then)](std::uint64_t closed) {
                      if (closed != 0) return then(Done{});
                      then(Refusal::of(ProtocolError(reply::not_found,
                                                     fmt::format("no connection '{}'", name))));
                  });
}

void Inspector::close_connections_of(std::string user, std::string reason,
                                     Then<std::uint64_t> then) {
    parts_->close({.vhosts = {}, .user = std::move(user), .name = {}}, std::move(reason),
                  std::move(then));
}

// Policies, parameters and limits

void Inspector::policies(PolicyKind kind, Vhosts vhosts, Then<std::vector<PolicySnapshot>> then) {
    parts_->list<PolicySnapshot>(
        [kind, vhosts = std::move(vhosts)](Broker& broker, Gather<PolicySnapshot> gather) {
            return list_policies(broker, kind, vhosts, std::move(gather));
        },
        {}, std::move(then));
}

void Inspector::policy(PolicyKind kind, ObjectName name, Then<Result<PolicySnapshot>> then) {
    parts_->call<Result<PolicySnapshot>>(
        [kind, name = std::move(name)](BrokerSide& side) {
            return find_policy(side.broker(), kind, name);
        },
        std::move(then));
}

void Inspector::set(SetPolicies request, Then<Result<Declared>> then) {
    parts_->operate<Declared>(
        request.vhost, [request](Broker& broker) { return insight::set(broker, request); },
        std::move(then));
}

void Inspector::remove(DeletePolicy request, Then<Result<Done>> then) {
    parts_->operate<Done>(
        request.vhost, [request](Broker& broker) { return insight::remove(broker, request); },
        std::move(then));
}

void Inspector::parameters(ParameterQuery query, Then<std::vector<ParameterSnapshot>> then) {
    parts_->list<ParameterSnapshot>(
        [query = std::move(query)](Broker& broker, Gather<ParameterSnapshot> gather) {
            return list_parameters(broker, query, std::move(gather));
        },
        {}, std::move(then));
}

void Inspector::set(SetParameter request, Then<Result<Declared>> then) {
    parts_->operate<Declared>(
        request.vhost, [request](Broker& broker) { return insight::set(broker, request); },
        std::move(then));
}

void Inspector::remove(DeleteParameter request, Then<Result<Done>> then) {
    parts_->operate<Done>(
        request.vhost, [request](Broker& broker) { return insight::remove(broker, request); },
        std::move(then));
}

void Inspector::global_parameters(Then<std::vector<ParameterSnapshot>> then) {
    parts_->call<std::vector<ParameterSnapshot>>(
        [](BrokerSide& side) { return insight::global_parameters(side.broker()); },
        std::move(then));
}

void Inspector::set(SetGlobalParameter request, Then<Result<Declared>> then) {
    parts_->operate_globally<Declared>(
        [request = std::move(request)](Broker& broker) { return insight::set(broker, request); },
        std::move(then));
}

void Inspector::remove_global_parameter(std::string name, Then<Result<Done>> then) {
    parts_->operate_globally<Done>(
        [name = std::move(name)](Broker& broker) {
            return insight::remove_global_parameter(broker, name);
        },
        std::move(then));
}

void Inspector::limits(Vhosts vhosts, Then<std::vector<VhostLimitsSnapshot>> then) {
    parts_->call<std::vector<VhostLimitsSnapshot>>(
        [vhosts = std::move(vhosts)](BrokerSide& side) { return limits_of(side.broker(), vhosts); },
        std::move(then));
}

void Inspector::set(SetTracing request, Then<Result<Done>> then) {
    parts_->operate<Done>(
        request.vhost, [request](Broker& broker) { return insight::set(broker, request); },
        std::move(then));
}

void Inspector::set(SetVhostLimit request, Then<Result<Done>> then) {
    parts_->operate<Done>(
        request.vhost, [request](Broker& broker) { return insight::set(broker, request); },
        std::move(then));
}

void Inspector::remove(DeleteVhostLimit request, Then<Result<Done>> then) {
    parts_->operate<Done>(
        request.vhost, [request](Broker& broker) { return insight::remove(broker, request); },
        std::move(then));
}

// Users, vhosts and permissions

void Inspector::users(Then<std::vector<UserSnapshot>> then) {
    parts_->call<std::vector<UserSnapshot>>(
        [](BrokerSide& side) { return list_users(side.broker()); }, std::move(then));
}

void Inspector::user(std::string name, Then<Result<UserSnapshot>> then) {
    parts_->call<Result<UserSnapshot>>(
        [name = std::move(name)](BrokerSide& side) { return find_user(side.broker(), name); },
        std::move(then));
}

void Inspector::permissions(PermissionQuery query, Then<std::vector<PermissionSnapshot>> then) {
    parts_->call<std::vector<PermissionSnapshot>>(
        [query = std::move(query)](BrokerSide& side) {
            return list_permissions(side.broker(), query);
        },
        std::move(then));
}

void Inspector::topic_permissions(PermissionQuery query,
                                  Then<std::vector<TopicPermissionSnapshot>> then) {
    parts_->call<std::vector<TopicPermissionSnapshot>>(
        [query = std::move(query)](BrokerSide& side) {
            return list_topic_permissions(side.broker(), query);
        },
        std::move(then));
}

void Inspector::put(PutUser request, Then<Result<Declared>> then) {
    parts_->put(std::move(request), std::move(then));
}

void Inspector::import_definitions(ImportDefinitions request, Then<Result<ImportReport>> then) {
    parts_->operate_globally<ImportReport>(
        [request = std::move(request)](Broker& broker) {
            return insight::import_definitions(broker, request);
        },
        std::move(then));
}

void Inspector::put(PutVhost request, Then<Result<Declared>> then) {
    parts_->put(std::move(request), std::move(then));
}

void Inspector::put(PutPermission request, Then<Result<Declared>> then) {
    parts_->put(std::move(request), std::move(then));
}

void Inspector::put(PutTopicPermission request, Then<Result<Declared>> then) {
    parts_->put(std::move(request), std::move(then));
}

void Inspector::set(ChangePassword request, Then<Result<Done>> then) {
    parts_->operate_globally<Done>(
        [request = std::move(request)](Broker& broker) { return insight::set(broker, request); },
        std::move(then));
}

void Inspector::set(SetUserLimit request, Then<Result<Done>> then) {
    parts_->operate_globally<Done>(
        [request = std::move(request)](Broker& broker) { return insight::set(broker, request); },
        std::move(then));
}

void Inspector::remove(DeleteUsers request, Then<Result<Done>> then) {
    parts_->remove_globally(std::move(request), std::move(then));
}

void Inspector::remove(DeleteVhost request, Then<Result<Done>> then) {
    parts_->remove_globally(std::move(request), std::move(then));
}

void Inspector::remove(DeletePermission request, Then<Result<Done>> then) {
    parts_->remove_globally(std::move(request), std::move(then));
}

void Inspector::remove(DeleteTopicPermission request, Then<Result<Done>> then) {
    parts_->remove_globally(std::move(request), std::move(then));
}

void Inspector::check(MayRead request, Then<Result<Done>> then) {
    parts_->call<Result<Done>>(
        [request = std::move(request)](BrokerSide& side) {
            return insight::check(side.broker(), request);
        },
        std::move(then));
}

void Inspector::follow_access(Then<const access::AccessChange&> follower) {
    parts_->follow_access(std::move(follower));
}

// Events

std::vector<Event> Inspector::recent_events(std::size_t count) const {
    return parts_->caller_side().recent_events(count);
}

std::uint64_t Inspector::subscribe(Then<const Event&> listener) {
    return parts_->caller_side().subscribe(std::move(listener));
}

void Inspector::unsubscribe(std::uint64_t subscription) {
    parts_->caller_side().unsubscribe(subscription);
}

SliceFigures Inspector::slices() const { return parts_->broker_side().slices().figures(); }

std::uint64_t Inspector::events_dropped() const { return parts_->caller_side().events_dropped(); }

}  // namespace leveret::broker::insight
