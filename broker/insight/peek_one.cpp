#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/insight/operations.hpp"
#include "broker/insight/peek.hpp"
#include "broker/insight/peeked_messages.hpp"
#include "broker/insight/unacked_walk.hpp"
#include "broker/limits.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker::insight {

using namespace protocol::amqp;
using storage::Sequence;

namespace {

/// Among the ready ones first, then among those that are out.
class PeekOne final : public Task {
public:
    PeekOne(Broker& broker, ObjectName name, std::uint64_t sequence,
            std::function<void(Result<PeekedMessage>)> done)
        : broker_(broker),
          name_(std::move(name)),
          sequence_(Sequence{sequence}),
          done_(std::move(done)) {}

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
                        page_.reset(new PeekedPage(queue_, whole_body));
                        page_->ask(broker_.store(), {&sequence_, 1});
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
        if (!unacked_) unacked_.emplace(broker_, *queue_);
        return unacked_->advance(budget, [&](const ObservedDelivery& delivery) {
            if (delivery.message.sequence != sequence_) return true;
            take(delivery.message);
            found_->state = PeekState::unacked;
            found_->held_by = unacked_->snapshot(delivery);
            return false;
        });
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
    boost::intrusive_ptr<PeekedPage> page_;
    std::optional<PeekedMessage> found_;
    MessagePtr message_;  ///< whose body is copied
    std::optional<UnackedWalk> unacked_;
};

}  // namespace

std::unique_ptr<Task> peek_message(Broker& broker, ObjectName queue, std::uint64_t sequence,
                                   std::function<void(Result<PeekedMessage>)> done) {
    return std::make_unique<PeekOne>(broker, std::move(queue), sequence, std::move(done));
}

}  // namespace leveret::broker::insight
