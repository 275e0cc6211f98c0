#include "broker/insight/peek.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "broker/insight/operations.hpp"
#include "broker/insight/peeked_messages.hpp"
#include "broker/insight/unacked_walk.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker::insight {

using namespace protocol::amqp;
using storage::Sequence;

namespace {

/// Messages that are asked of the store at a time, and octets of their bodies.
constexpr std::uint64_t page_messages = 64;
constexpr std::uint64_t page_octets = 4 * 1024 * 1024;

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
        level_ = std::min<std::size_t>(from.within, levels() - 1);
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
                if (!answer_ || !answer_->has_asked_for(place->sequence)) {
                    ask({&place->sequence, 1});
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

    /// How many messages are asked of the store together: their bodies come whole.
    static std::uint64_t at_a_time(const ReadyMessages& ready) {
        const PagedRuns& paged = ready.paged();
        const std::uint64_t mean = 1 + paged.octets() / std::max<std::uint64_t>(paged.count(), 1);
        return std::clamp<std::uint64_t>(page_octets / mean, 1, page_messages);
    }

    /// Looks at some messages from where it stands.
    /// Returns: false when the slice is over, or it waits for the store.
    bool look_some(Budget& budget) {
        const ReadyMessages& ready = level(level_);
        const std::size_t wanted =
            std::min<std::size_t>(at_a_time(ready), request_.count - page_.messages.size());
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
            if (places[i].message == nullptr &&
                !(answer_ && answer_->has_asked_for(places[i].sequence))) {
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
        peeked->within = level_;
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
    void ask(std::span<const Sequence> rising) {
        answer_.reset(new PeekedPage(queue_, request_.body_octets));
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
    boost::intrusive_ptr<PeekedPage> answer_;
};

class PeekUnacked final : public PeekTask {
public:
    using PeekTask::PeekTask;

private:
    void begin() override {
        const auto* const cursor = std::get_if<PeekCursor>(&request_.from);
        walk_.emplace(broker_, *queue_,
                      cursor == nullptr ? UnackedWalk::Place{}
                                        : UnackedWalk::Place{cursor->within, cursor->sequence});
    }

    [[nodiscard]] Progress look(Budget& budget) override {
        const bool done = walk_->advance(budget, [&](const ObservedDelivery& delivery) {
            if (full()) return false;
            PeekedMessage peeked = seen(*queue_, delivery.message, request_.body_octets);
            peeked.state = PeekState::unacked;
            peeked.held_by = walk_->snapshot(delivery);
            budget.spend_octets(peeked.body.size());
            page_.messages.push_back(std::move(peeked));
            return true;
        });
        if (!done) return Progress::more;
        if (walk_->stopped()) {
            const auto [channel_id, delivery_tag] = walk_->place();
            page_.next = PeekCursor{delivery_tag, false, channel_id};
        }
        return Progress::done;
    }

    std::optional<UnackedWalk> walk_;
};

}  // namespace

std::unique_ptr<Task> peek_messages(Broker& broker, Peek request,
                                    std::function<void(Result<PeekPage>)> done) {
    if (request.state == PeekState::unacked) {
        return std::make_unique<PeekUnacked>(broker, std::move(request), std::move(done));
    }
    return std::make_unique<PeekReady>(broker, std::move(request), std::move(done));
}

}  // namespace leveret::broker::insight
