#include "broker/insight/peek.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "broker/expiration.hpp"
#include "broker/insight/operations.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker::insight {

using namespace protocol::amqp;
using storage::Sequence;

namespace {

/// Messages that are asked of the store at a time.
constexpr std::size_t page_messages = 64;

constexpr std::uint64_t whole_body = std::numeric_limits<std::uint64_t>::max();

std::optional<UnixTime> expiry(const Queue& queue, UnixTime enqueued,
                               std::optional<std::chrono::milliseconds> own) {
    std::optional<std::chrono::milliseconds> left = queue.settings().message_ttl;
    if (own && (!left || *own < *left)) left = own;
    if (!left) return std::nullopt;
    return enqueued + *left;
}

PeekedMessage seen(const Queue& queue, const QueuedMessage& queued, std::uint64_t body_octets) {
    const Message& message = *queued.message;
    PeekedMessage peeked;
    peeked.sequence = static_cast<std::uint64_t>(queued.sequence);
    peeked.enqueued_at = queued.enqueued;
    std::optional<std::chrono::milliseconds> own;
    if (queued.expiration_ms != QueuedMessage::no_expiration) own = own_expiration(queued);
    peeked.expires_at = expiry(queue, queued.enqueued, own);
    peeked.redelivered = queued.redelivered;
    peeked.delivery_count = queued.failed_deliveries;
    peeked.dead_lettered_here = queued.dead_lettered;
    peeked.exchange = message.exchange();
    peeked.routing_key = message.routing_key();
    peeked.properties = message.property_octets();
    peeked.body_octets = message.body_octets();
    peeked.body = message.body().substr(0, body_octets);
    return peeked;
}

PeekedMessage seen(const Queue& queue, const storage::PagedMessage& paged,
                   std::uint64_t body_octets) {
    const auto short_string = [](std::string_view& wire) {
        const auto length = static_cast<unsigned char>(wire.front());
        const std::string_view text = wire.substr(1, length);
        wire.remove_prefix(1u + length);
        return std::string(text);
    };
    PeekedMessage peeked;
    peeked.sequence = static_cast<std::uint64_t>(paged.entry.sequence);
    peeked.enqueued_at = paged.entry.enqueued;
    peeked.expires_at = expiry(queue, paged.entry.enqueued, paged.entry.expiry);
    peeked.redelivered = paged.entry.redelivered;
    peeked.delivery_count = paged.entry.failed_deliveries;
    peeked.dead_lettered_here = paged.entry.dead_lettered;
    std::string_view route = paged.route;
    peeked.exchange = short_string(route);
    peeked.routing_key = short_string(route);
    peeked.properties = paged.properties;
    peeked.body_octets = paged.entry.body_octets;
    for (const std::string_view part : paged.body) {
        if (peeked.body.size() >= body_octets) break;
        peeked.body += part.substr(0, body_octets - peeked.body.size());
    }
    return peeked;
}

/// Messages that the store was asked for, as they come.
/// Lifetime: the store holds it until it has answered; the task until it has read the answer.
class Page final : public storage::PageSink {
public:
    Page(QueuePtr queue, std::uint64_t body_octets)
        : queue_(std::move(queue)), body_octets_(body_octets) {}

    void paged_in(storage::QueueId, std::span<const storage::PagedMessage> messages,
                  Sequence) override {
        for (const storage::PagedMessage& message : messages) {
            messages_.emplace(message.entry.sequence, seen(*queue_, message, body_octets_));
        }
        arrived_ = true;
        if (resume_) std::exchange(resume_, nullptr)();
    }
    /// Nobody may look at these either; the queue and the log tell of them.
    void crashed(storage::QueueId, std::span<const storage::DamagedMessages>) override {}

    void when_arrived(std::function<void()> resume) {
        if (arrived_) return resume();
        resume_ = std::move(resume);
    }
    /// None: it was settled meanwhile.
    [[nodiscard]] std::optional<PeekedMessage> take(Sequence sequence) {
        auto place = messages_.extract(sequence);
        if (place.empty()) return std::nullopt;
        return std::move(place.mapped());
    }
    [[nodiscard]] bool has(Sequence sequence) const { return asked_.contains(sequence); }
    void ask(storage::Store& store, const std::vector<Sequence>& rising) {
        std::vector<storage::SequenceRange> ranges;
        for (const Sequence sequence : rising) {
            const auto number = static_cast<std::uint64_t>(sequence);
            asked_.insert({sequence, {}});
            if (!ranges.empty() && ranges.back().end == sequence) {
                ranges.back().end = Sequence{number + 1};
            } else {
                ranges.push_back({sequence, Sequence{number + 1}});
            }
        }
        store.page_in(queue_->id(), std::move(ranges), static_cast<std::uint32_t>(rising.size()),
                      this);
    }

private:
    struct Asked {};

    const QueuePtr queue_;
    const std::uint64_t body_octets_;
    std::map<Sequence, Asked> asked_;
    std::map<Sequence, PeekedMessage> messages_;
    std::function<void()> resume_;
    bool arrived_ = false;
};

/// What both kinds of peek share.
class PeekTask : public Task {
public:
    PeekTask(Broker& broker, Peek request, std::function<void(Result<PeekPage>)> done)
        : broker_(broker), request_(std::move(request)), done_(std::move(done)) {}

    Progress step(Budget& budget) override {
        try {
            if (!queue_) {
                Vhost& vhost = find_vhost(broker_, request_.vhost);
                Queue* const queue = vhost.find_named_queue(request_.queue);
                if (queue == nullptr) {
                    throw ProtocolError(
                        reply::not_found,
                        fmt::format("no queue '{}' in vhost '{}'", request_.queue, request_.vhost));
                }
                queue_.reset(queue);
                begin();
            }
            const Progress progress = look(budget);
            if (progress != Progress::done) return progress;
        } catch (const ProtocolError& error) {
            done_(Refusal::of(error));
            return Progress::done;
        }
        done_(std::move(page_));
        return Progress::done;
    }

protected:
    virtual void begin() = 0;
    [[nodiscard]] virtual Progress look(Budget& budget) = 0;

    [[nodiscard]] bool full() const { return page_.messages.size() >= request_.count; }

    Broker& broker_;
    const Peek request_;
    QueuePtr queue_;
    PeekPage page_;

private:
    const std::function<void(Result<PeekPage>)> done_;
};

/// Where in a queue: levels of priority from the highest, sequence numbers within.
class PeekReady final : public PeekTask {
public:
    using PeekTask::PeekTask;

    void wait(std::function<void()> resume) override {
        answer_->when_arrived(std::move(resume));
        broker_.turn().end_soon();
    }

private:
    [[nodiscard]] std::size_t levels() const { return queue_->ready().size(); }
    /// Levels are counted in the order in which they are delivered.
    [[nodiscard]] const ReadyMessages& level(std::size_t index) const {
        return queue_->ready()[levels() - 1 - index];
    }
    [[nodiscard]] std::uint64_t before_level(std::size_t index) const {
        std::uint64_t count = 0;
        for (std::size_t i = 0; i < index; ++i) count += level(i).count();
        return count;
    }

    void begin() override {
        std::visit([this](const auto& from) { begin_at(from); }, request_.from);
    }
    void begin_at(const PeekHead&) { at_position(0); }
    void begin_at(const PeekTail&) {
        backwards_ = true;
        const std::uint64_t count = before_level(levels());
        if (count == 0) {
            ended_ = true;
        } else {
            at_position(count - 1);
        }
    }
    void begin_at(const PeekPosition& from) { at_position(from.position); }
    void begin_at(const PeekCursor& from) {
        backwards_ = from.backwards;
        level_ = std::min<std::size_t>(from.channel, levels() - 1);
        sequence_ = Sequence{from.sequence};
    }
    void begin_at(const PeekTime& from) { search_ = Search{0, before_level(levels()), from.at}; }

    void at_position(std::uint64_t position) {
        const auto place = place_at(position);
        if (!place) {
            ended_ = true;
            return;
        }
        sequence_ = place->sequence;
    }

    /// Sets the level too.
    std::optional<ReadyMessages::Place> place_at(std::uint64_t position) {
        for (level_ = 0; level_ < levels(); ++level_) {
            if (position < level(level_).count()) {
                std::vector<ReadyMessages::Place> places;
                level(level_).look(position, 1, places);
                return places.front();
            }
            position -= level(level_).count();
        }
        level_ = levels() - 1;
        return std::nullopt;
    }

    [[nodiscard]] Progress look(Budget& budget) override {
        if (search_ && !found_time()) return Progress::waits;
        while (!ended_ && !full()) {
            if (!look_some(budget)) return answer_ ? Progress::waits : Progress::more;
        }
        if (!ended_) {
            page_.next = PeekCursor{static_cast<std::uint64_t>(sequence_), backwards_, level_};
        }
        return Progress::done;
    }

    /// By halves, as messages come in the order of time: of those on disk one at a time is read.
    /// Returns: false when it waits for one.
    bool found_time() {
        while (search_->low < search_->high) {
            const std::uint64_t middle = search_->low + (search_->high - search_->low) / 2;
            const auto place = place_at(middle);
            if (!place) break;
            UnixTime enqueued{};
            if (place->message != nullptr) {
                enqueued = place->message->enqueued;
            } else {
                if (!answer_ || !answer_->has(place->sequence)) {
                    ask({place->sequence});
                    return false;
                }
                const auto read = answer_->take(place->sequence);
                answer_.reset();
                // It went meanwhile: whatever is there now is older than what follows.
                enqueued = read ? read->enqueued_at.value_or(UnixTime{}) : UnixTime{};
            }
            if (enqueued < search_->time) {
                search_->low = middle + 1;
            } else {
                search_->high = middle;
            }
        }
        const std::uint64_t position = search_->low;
        search_.reset();
        at_position(position);
        return true;
    }

    /// Looks at some messages from where it stands.
    /// Returns: false when the slice is over, or it waits for the store.
    bool look_some(Budget& budget) {
        const ReadyMessages& ready = level(level_);
        const std::size_t wanted =
            std::min<std::size_t>(page_messages, request_.count - page_.messages.size());
        std::uint64_t first = ready.position_of(sequence_);
        std::vector<ReadyMessages::Place> places;
        if (backwards_) {
            // The one that it stands at, if it is still there, else the one before it.
            ready.look(first, 1, places);
            const bool there = !places.empty() && places.front().sequence == sequence_;
            const std::uint64_t end = there ? first + 1 : first;
            first = end - std::min<std::uint64_t>(end, wanted);
            places.clear();
            if (end != 0) ready.look(first, end - first, places);
            std::reverse(places.begin(), places.end());
        } else {
            ready.look(first, wanted, places);
        }
        budget.spend(static_cast<std::uint32_t>(places.size() / 4));
        if (places.empty()) {
            next_level();
            return budget.left();
        }
        const std::uint64_t before = before_level(level_);
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (places[i].message == nullptr && !(answer_ && answer_->has(places[i].sequence))) {
                ask_from(places, i);
                return false;
            }
            const std::uint64_t offset = backwards_ ? places.size() - 1 - i : i;
            if (!add(places[i], before + first + offset, budget)) return false;
            if (full()) return true;
        }
        return true;
    }

    /// Returns: false when the slice is over.
    bool add(const ReadyMessages::Place& place, std::uint64_t position, Budget& budget) {
        std::optional<PeekedMessage> peeked;
        if (place.message != nullptr) {
            peeked = seen(*queue_, *place.message, request_.body_octets);
        } else {
            peeked = answer_->take(place.sequence);
        }
        step_over(place.sequence);
        if (!peeked) return budget.spend();
        peeked->position = position;
        peeked->state = PeekState::ready;
        const std::uint64_t octets = peeked->body.size();
        page_.messages.push_back(std::move(*peeked));
        return budget.spend_octets(octets);
    }

    void step_over(Sequence sequence) {
        const auto number = static_cast<std::uint64_t>(sequence);
        if (backwards_ && number == 0) {
            ended_ = true;
            return;
        }
        sequence_ = Sequence{backwards_ ? number - 1 : number + 1};
    }

    void next_level() {
        if (backwards_) {
            if (level_ == 0) {
                ended_ = true;
                return;
            }
            --level_;
            sequence_ = Sequence{std::numeric_limits<std::uint64_t>::max()};
        } else {
            ++level_;
            sequence_ = Sequence{0};
            if (level_ == levels()) ended_ = true;
        }
    }

    void ask_from(const std::vector<ReadyMessages::Place>& places, std::size_t first) {
        std::vector<Sequence> rising;
        for (std::size_t i = first; i < places.size(); ++i) {
            if (places[i].message == nullptr) rising.push_back(places[i].sequence);
        }
        std::sort(rising.begin(), rising.end());
        ask(rising);
    }
    void ask(const std::vector<Sequence>& rising) {
        answer_.reset(new Page(queue_, request_.body_octets));
        answer_->ask(broker_.store(), rising);
    }

    struct Search {
        std::uint64_t low;
        std::uint64_t high;
        UnixTime time;
    };

    bool backwards_ = false;
    bool ended_ = false;
    std::size_t level_ = 0;
    Sequence sequence_{};
    std::optional<Search> search_;
    boost::intrusive_ptr<Page> answer_;
};

/// Channel by channel, in the order in which they were opened; by tags within.
class PeekUnacked final : public PeekTask, private UnackedVisitor {
public:
    PeekUnacked(Broker& broker, Peek request, std::function<void(Result<PeekPage>)> done)
        : PeekTask(broker, std::move(request), std::move(done)),
          channels_(broker.observation().clients().channels) {}

private:
    void begin() override {
        const auto* const cursor = std::get_if<PeekCursor>(&request_.from);
        if (cursor == nullptr) return;
        first_channel_ = cursor->channel;
        first_tag_ = cursor->sequence;
    }

    [[nodiscard]] Progress look(Budget& budget) override {
        budget_ = &budget;
        const bool done = channels_.advance([&](ObservedChannel& channel) {
            if (channel.channel_id() < first_channel_) return budget.visited();
            if (channel.channel_id() != channel_id_) {
                channel_id_ = channel.channel_id();
                next_tag_ = channel_id_ == first_channel_ ? first_tag_ : 0;
            }
            channel_ = &channel;
            channel.visit_unacked(next_tag_, *this);
            if (more_) return routing::Visited::stop;
            return budget.left() ? budget.visited() : routing::Visited::come_back;
        });
        return done || more_ ? Progress::done : Progress::more;
    }

    bool visit(const ObservedDelivery& delivery) override {
        if (&delivery.queue == queue_.get()) {
            if (full()) {
                more_ = true;
                page_.next = PeekCursor{delivery.delivery_tag, false, channel_id_};
                return false;
            }
            add(delivery);
        }
        next_tag_ = delivery.delivery_tag + 1;
        const bool of_ours = &delivery.queue == queue_.get();
        return of_ours ? budget_->spend_octets(page_.messages.back().body.size())
                       : budget_->spend();
    }

    void add(const ObservedDelivery& delivery) {
        PeekedMessage peeked = seen(*queue_, delivery.message, request_.body_octets);
        peeked.state = PeekState::unacked;
        const Clock& clock = broker_.clock();
        peeked.held_by = UnackedSnapshot{
            .sequence = peeked.sequence,
            .delivery_tag = delivery.delivery_tag,
            .connection = channel_->observed_connection().name(),
            .channel_number = channel_->channel_number(),
            .channel = channel_->name(),
            .consumer_tag = std::string(delivery.consumer_tag),
            .since = clock.unix_now() - std::chrono::duration_cast<std::chrono::milliseconds>(
                                            clock.now() - delivery.since)};
        page_.messages.push_back(std::move(peeked));
    }

    routing::WalkList<ObservedChannel>::Walk channels_;
    std::uint64_t first_channel_ = 0;
    std::uint64_t first_tag_ = 0;
    std::uint64_t channel_id_ = 0;  ///< of the one that is visited
    std::uint64_t next_tag_ = 0;
    const ObservedChannel* channel_ = nullptr;
    Budget* budget_ = nullptr;
    bool more_ = false;
};

/// Among the ready ones first, then among those that are out.
class PeekOne final : public Task, private UnackedVisitor {
public:
    PeekOne(Broker& broker, ObjectName name, std::uint64_t sequence,
            std::function<void(Result<PeekedMessage>)> done)
        : broker_(broker),
          name_(std::move(name)),
          sequence_(Sequence{sequence}),
          done_(std::move(done)),
          channels_(broker.observation().clients().channels) {}

    Progress step(Budget& budget) override {
        try {
            Vhost& vhost = find_vhost(broker_, name_.vhost);
            Queue* const queue = vhost.find_named_queue(name_.name);
            if (queue == nullptr) not_found();
            if (!queue_) queue_.reset(queue);
            if (!looked_at_ready_ && !look_at_ready()) return Progress::waits;
            if (!found_ && !look_at_unacked(budget)) return Progress::more;
            if (!found_) not_found();
        } catch (const ProtocolError& error) {
            done_(Refusal::of(error));
            return Progress::done;
        }
        if (!copy_body(budget)) return Progress::more;
        done_(std::move(*found_));
        return Progress::done;
    }

    void wait(std::function<void()> resume) override {
        page_->when_arrived(std::move(resume));
        broker_.turn().end_soon();
    }

private:
    [[noreturn]] void not_found() const {
        throw ProtocolError(
            reply::not_found,
            fmt::format("no message {} in queue '{}' in vhost '{}'",
                        static_cast<std::uint64_t>(sequence_), name_.name, name_.vhost));
    }

    /// Returns: false when it waits for the store.
    bool look_at_ready() {
        if (!page_) {
            std::uint64_t before = 0;
            for (auto level = queue_->ready().rbegin(); level != queue_->ready().rend(); ++level) {
                const std::uint64_t position = level->position_of(sequence_);
                std::vector<ReadyMessages::Place> places;
                level->look(position, 1, places);
                if (!places.empty() && places.front().sequence == sequence_) {
                    position_ = before + position;
                    if (places.front().message == nullptr) {
                        page_.reset(new Page(queue_, whole_body));
                        page_->ask(broker_.store(), {sequence_});
                        return false;
                    }
                    take(*places.front().message);
                }
                before += level->count();
            }
        } else {
            found_ = page_->take(sequence_);
        }
        if (found_) found_->position = position_;
        looked_at_ready_ = true;
        return true;
    }

    void take(const QueuedMessage& message) {
        found_ = seen(*queue_, message, 0);
        message_ = message.message;
    }

    /// Returns: false when the slice is over.
    bool look_at_unacked(Budget& budget) {
        budget_ = &budget;
        return channels_.advance([&](ObservedChannel& channel) {
            if (channel.channel_id() != channel_id_) {
                channel_id_ = channel.channel_id();
                next_tag_ = 0;
            }
            channel_ = &channel;
            channel.visit_unacked(next_tag_, *this);
            if (found_) return routing::Visited::stop;
            return budget.left() ? budget.visited() : routing::Visited::come_back;
        }) || found_;
    }

    bool visit(const ObservedDelivery& delivery) override {
        next_tag_ = delivery.delivery_tag + 1;
        if (&delivery.queue != queue_.get() || delivery.message.sequence != sequence_) {
            return budget_->spend();
        }
        take(delivery.message);
        found_->state = PeekState::unacked;
        const Clock& clock = broker_.clock();
        found_->held_by = UnackedSnapshot{
            .sequence = found_->sequence,
            .delivery_tag = delivery.delivery_tag,
            .connection = channel_->observed_connection().name(),
            .channel_number = channel_->channel_number(),
            .channel = channel_->name(),
            .consumer_tag = std::string(delivery.consumer_tag),
            .since = clock.unix_now() - std::chrono::duration_cast<std::chrono::milliseconds>(
                                            clock.now() - delivery.since)};
        return false;
    }

    /// A long body is copied in parts. Returns: false when the slice is over.
    bool copy_body(Budget& budget) {
        constexpr std::size_t part = std::size_t{limits::slice_octets_per_unit} * 64;
        if (!message_) return true;  // it came from disk, whole
        const std::string_view body = message_->body();
        std::string& copy = found_->body;
        if (copy.empty()) copy.reserve(body.size());
        while (copy.size() < body.size()) {
            const std::string_view next = body.substr(copy.size(), part);
            copy += next;
            if (!budget.spend_octets(next.size()) && copy.size() < body.size()) return false;
        }
        return true;
    }

    Broker& broker_;
    const ObjectName name_;
    const Sequence sequence_;
    const std::function<void(Result<PeekedMessage>)> done_;
    QueuePtr queue_;
    bool looked_at_ready_ = false;
    std::uint64_t position_ = 0;
    boost::intrusive_ptr<Page> page_;
    std::optional<PeekedMessage> found_;
    MessagePtr message_;  ///< whose body is copied
    routing::WalkList<ObservedChannel>::Walk channels_;
    std::uint64_t channel_id_ = 0;  ///< of the one that is visited
    std::uint64_t next_tag_ = 0;
    const ObservedChannel* channel_ = nullptr;
    Budget* budget_ = nullptr;
};

}  // namespace

std::unique_ptr<Task> peek_messages(Broker& broker, Peek request,
                                    std::function<void(Result<PeekPage>)> done) {
    if (request.state == PeekState::unacked) {
        return std::make_unique<PeekUnacked>(broker, std::move(request), std::move(done));
    }
    return std::make_unique<PeekReady>(broker, std::move(request), std::move(done));
}

std::unique_ptr<Task> peek_message(Broker& broker, ObjectName queue, std::uint64_t sequence,
                                   std::function<void(Result<PeekedMessage>)> done) {
    return std::make_unique<PeekOne>(broker, std::move(queue), sequence, std::move(done));
}

}  // namespace leveret::broker::insight
