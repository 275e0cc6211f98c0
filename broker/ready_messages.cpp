#include "broker/ready_messages.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "broker/limits.hpp"
#include "protocol/assert.hpp"

namespace leveret::broker {

using storage::Sequence;

void ReadyMessages::push(QueuedMessage&& message, std::uint64_t turn, std::uint64_t window) {
    count_in(message);
    if (!must_be_stored() && (front_memory_ < window || !message.stored)) {
        front_memory_ += message.memory_octets();
        front_.push_back(std::move(message));
        return;
    }
    LEVERET_ASSERT(message.stored);
    if (marks_.empty() || marks_.back().turn != turn) marks_.push_back({turn, message.sequence});
    marks_.back().last = message.sequence;
    back_.push_back(std::move(message));
}

void ReadyMessages::put_back(QueuedMessage&& message) {
    count_in(message);
    const Sequence sequence = message.sequence;
    returned_.emplace(sequence, std::move(message));
}

const QueuedMessage* ReadyMessages::first() const {
    if (!returned_.empty()) return &returned_.begin()->second;
    if (!front_.empty()) return &front_.front();
    if (paged_.empty() && !back_.empty()) return &back_.front();
    return nullptr;
}

QueuedMessage ReadyMessages::take_first() {
    QueuedMessage message;
    if (!returned_.empty()) {
        message = std::move(returned_.begin()->second);
        returned_.erase(returned_.begin());
    } else {
        if (front_.empty()) {  // nothing is paged out: what has come since is next
            LEVERET_ASSERT(paged_.empty());
            front_.swap(back_);
            marks_.clear();
            front_memory_ = memory_octets_;
        }
        message = std::move(front_.front());
        front_.pop_front();
        front_memory_ -= message.memory_octets();
    }
    count_out(message);
    return message;
}

namespace {

constexpr auto stands_before = [](const QueuedMessage& message, Sequence sequence) {
    return message.sequence < sequence;
};

}  // namespace

void ReadyMessages::take_out(std::span<const Sequence> wanted, std::vector<QueuedMessage>& messages,
                             std::vector<Sequence>& paged_out) {
    if (wanted.empty() || empty()) return;
    for (const Sequence sequence : wanted) {
        if (const auto came_back = returned_.find(sequence); came_back != returned_.end()) {
            count_out(came_back->second);
            messages.push_back(std::move(came_back->second));
            returned_.erase(came_back);
        } else if (paged_.erase(sequence)) {
            paged_out.push_back(sequence);
        }
    }
    const std::size_t before = messages.size();
    take_out_of(front_, wanted, messages);
    for (std::size_t i = before; i < messages.size(); ++i) {
        front_memory_ -= messages[i].memory_octets();
    }
    take_out_of(back_, wanted, messages);
}

/// One pass over what stands behind the first of them, however many they are.
void ReadyMessages::take_out_of(Messages& part, std::span<const Sequence> wanted,
                                std::vector<QueuedMessage>& messages) {
    auto place = std::lower_bound(part.begin(), part.end(), wanted.front(), stands_before);
    auto kept = place;
    auto next = wanted.begin();
    for (; place != part.end(); ++place) {
        while (next != wanted.end() && *next < place->sequence) ++next;
        if (next != wanted.end() && *next == place->sequence) {
            count_out(*place);
            messages.push_back(std::move(*place));
            continue;
        }
        if (kept != place) *kept = std::move(*place);
        ++kept;
    }
    part.erase(kept, part.end());
}

bool ReadyMessages::contains(Sequence sequence) const {
    const auto in = [&](const Messages& part) {
        const auto place = std::lower_bound(part.begin(), part.end(), sequence, stands_before);
        return place != part.end() && place->sequence == sequence;
    };
    return returned_.contains(sequence) || in(front_) || paged_.contains(sequence) || in(back_);
}

void ReadyMessages::page_out_back(std::uint64_t durable_turn) {
    give_up_back(durable_turn);
    if (beyond_ && beyond_->turn <= durable_turn) beyond_.reset();
}

void ReadyMessages::give_up_back(std::uint64_t durable_turn) {
    while (!marks_.empty() && marks_.front().turn <= durable_turn) {
        const Sequence last = marks_.front().last;
        marks_.pop_front();
        while (!back_.empty() && back_.front().sequence <= last) {
            const QueuedMessage& message = back_.front();
            paged_.append({static_cast<std::uint64_t>(message.sequence), 1, message.redelivered,
                           message.message->body_octets()});
            count_out(message);
            back_.pop_front();
        }
    }
    if (back_.empty()) Messages().swap(back_);
}

void ReadyMessages::page_out(std::uint64_t keep, std::uint64_t durable_turn, std::uint64_t turn,
                             LateStore& store) {
    give_up_back(durable_turn);
    if (beyond_ && beyond_->turn <= durable_turn) {
        while (front_memory_ > keep && front_.back().stored &&
               front_.back().sequence <= beyond_->last) {
            prepend_last_to_paged();
        }
        beyond_.reset();
    }
    if (front_memory_ > keep && !beyond_) store_beyond(keep, turn, store);
}

/// Sees to it that what stands beyond the first `keep` octets is stored.
void ReadyMessages::store_beyond(std::uint64_t keep, std::uint64_t turn, LateStore& store) {
    Sequence last{0};
    std::uint64_t kept = 0;
    for (QueuedMessage& message : front_) {
        kept += message.memory_octets();
        last = message.sequence;
        if (kept > keep && !message.stored) store.store_late(message);
    }
    beyond_ = Mark{turn, last};
}

void ReadyMessages::prepend_last_to_paged() {
    const QueuedMessage& message = front_.back();
    front_memory_ -= message.memory_octets();
    paged_.prepend({static_cast<std::uint64_t>(message.sequence), 1, message.redelivered,
                    message.message->body_octets()});
    count_out(message);
    front_.pop_back();
    // What is on its way here would not be the next any more.
    ++asked_;
    waits_for_page_ = false;
}

std::uint32_t ReadyMessages::ask(std::uint64_t window,
                                 std::vector<storage::SequenceRange>& ranges) {
    if (paged_.empty() || waits_for_page_ || front_memory_ > window / 2) return 0;
    // What their heads take is not known: routing key, exchange and properties of the usual size.
    constexpr std::uint64_t overhead = sizeof(QueuedMessage) + sizeof(protocol::amqp::Message) + 64;
    const std::uint64_t mean = paged_.octets() / paged_.count() + overhead;
    const std::uint64_t fitting = (window - front_memory_) / mean;
    waits_for_page_ = true;
    ++asked_;
    return paged_.first_ranges(static_cast<std::uint32_t>(std::clamp<std::uint64_t>(
                                   fitting, 1, limits::messages_per_page)),
                               ranges);
}

bool ReadyMessages::paged_in(QueuedMessage&& message) {
    paged_.pop_below(message.sequence);
    if (paged_.empty() || paged_.first() != message.sequence) return false;
    paged_.pop_first(message.message->body_octets());
    count_in(message);
    front_memory_ += message.memory_octets();
    front_.push_back(std::move(message));
    return true;
}

void ReadyMessages::page_complete(Sequence next) {
    paged_.pop_below(next);
    waits_for_page_ = false;
}

void ReadyMessages::clear() {
    const std::uint32_t asked = asked_;
    *this = ReadyMessages();
    asked_ = asked + 1;
}

void ReadyMessages::count_in(const QueuedMessage& message) {
    resident_octets_ += message.message->body_octets();
    memory_octets_ += message.memory_octets();
}

void ReadyMessages::count_out(const QueuedMessage& message) {
    resident_octets_ -= message.message->body_octets();
    memory_octets_ -= message.memory_octets();
}

void ReadyMessages::look(std::uint64_t position, std::uint64_t count,
                         std::vector<Place>& places) const {
    const auto skip = [&](std::uint64_t part) {
        const std::uint64_t skipped = std::min(position, part);
        position -= skipped;
        return skipped;
    };
    const auto take = [&](const QueuedMessage& message) {
        places.push_back({message.sequence, &message});
        --count;
    };
    auto came_back =
        std::next(returned_.begin(), static_cast<std::ptrdiff_t>(skip(returned_.size())));
    for (; count != 0 && came_back != returned_.end(); ++came_back) take(came_back->second);
    for (std::size_t i = skip(front_.size()); count != 0 && i < front_.size(); ++i) take(front_[i]);
    for (const PagedRuns::Run& run : paged_.runs()) {
        for (std::uint64_t i = skip(run.count); count != 0 && i < run.count; ++i, --count) {
            places.push_back({storage::Sequence{run.first + i}, nullptr});
        }
        if (count == 0) return;
    }
    for (std::size_t i = skip(back_.size()); count != 0 && i < back_.size(); ++i) take(back_[i]);
}

std::uint64_t ReadyMessages::position_of(storage::Sequence sequence) const {
    const auto in = [&](const Messages& messages) {
        const auto first = std::lower_bound(
            messages.begin(), messages.end(), sequence,
            [](const QueuedMessage& each, storage::Sequence s) { return each.sequence < s; });
        return static_cast<std::uint64_t>(first - messages.begin());
    };
    auto position = static_cast<std::uint64_t>(
        std::distance(returned_.begin(), returned_.lower_bound(sequence)));
    position += in(front_);
    const auto wanted = static_cast<std::uint64_t>(sequence);
    for (const PagedRuns::Run& run : paged_.runs()) {
        if (wanted <= run.first) break;
        position += std::min<std::uint64_t>(wanted - run.first, run.count);
    }
    return position + in(back_);
}

}  // namespace leveret::broker
