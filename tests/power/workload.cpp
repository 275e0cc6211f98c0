#include "tests/power/workload.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace leveret::test {

using namespace storage;

namespace {

std::uint64_t mix(std::uint64_t value) {
    value += 0x9E37'79B9'7F4A'7C15;
    value = (value ^ value >> 30) * 0xBF58'476D'1CE4'E5B9;
    value = (value ^ value >> 27) * 0x94D0'49BB'1331'11EB;
    return value ^ value >> 31;
}

std::uint64_t state_of_entry(std::uint64_t queue, std::uint64_t sequence, std::uint32_t octets,
                             std::uint16_t failed) {
    return mix(mix(mix(queue) + sequence) + (std::uint64_t{octets} << 16 | failed));
}

std::uint64_t state_of_definition(const Definition& definition) {
    std::uint64_t state = mix(static_cast<std::uint64_t>(definition.kind));
    state = mix(state + static_cast<std::uint64_t>(definition.id));
    if (definition.kind == DefinitionKind::queue) return state;
    for (const char octet : definition.find(1).value_or("")) {
        state = mix(state + static_cast<unsigned char>(octet));
    }
    return state;
}

Definition queue_definition(std::uint64_t queue) {
    Definition definition;
    definition.kind = DefinitionKind::queue;
    definition.id = DefinitionId{queue};
    return definition;
}

}  // namespace

std::string body_of(std::uint64_t sequence, std::size_t octets) {
    std::string body(octets, static_cast<char>(sequence));
    constexpr std::size_t stride = 256;
    for (std::size_t at = 0; at + sizeof sequence <= octets; at += stride) {
        const std::uint64_t stamp = mix(sequence + at);
        std::memcpy(body.data() + at, &stamp, sizeof stamp);
    }
    return body;
}

std::uint64_t state_of(const RememberingSink& found) {
    std::uint64_t state = 0;
    for (const Definition& definition : found.definitions) {
        state ^= state_of_definition(definition);
    }
    for (const auto& [queue, entries] : found.queues) {
        for (const auto& [sequence, entry] : entries) {
            state ^= state_of_entry(queue, sequence, entry.body_octets, entry.failed_deliveries);
        }
    }
    return state;
}

class Workload::Listener final : public DurableListener {
public:
    explicit Listener(Workload* workload) : workload_(workload) {}
    void durable(std::uint64_t number) override {
        if (workload_ != nullptr) workload_->answered(number);
    }
    void forget() { workload_ = nullptr; }

private:
    Workload* workload_;
};

Workload::Workload(RecordedDisk& disk, CommitGate& gate, std::uint32_t seed)
    : disk_(disk), gate_(gate), random_(seed), listener_(new Listener(this)) {}
Workload::~Workload() { listener_->forget(); }

std::string Workload::start(StoreWorld& world) {
    const RememberingSink& found = world.recovered;
    const std::uint64_t state = state_of(found);
    const auto possible = states_.begin() + static_cast<std::ptrdiff_t>(durable_);
    if (std::find(possible, states_.end(), state) == states_.end()) {
        return "a start found what was never there";
    }
    world_ = &world;
    asked_.clear();
    listener_->forget();
    listener_.reset(new Listener(this));
    content_.clear();
    definitions_.clear();
    for (const Definition& definition : found.definitions) {
        const auto id = static_cast<std::uint64_t>(definition.id);
        if (definition.kind == DefinitionKind::queue) {
            content_[id];
        } else {
            definitions_[id] = state_of_definition(definition);
        }
    }
    for (const auto& [queue, entries] : found.queues) {
        for (const auto& [sequence, entry] : entries) {
            content_[queue][sequence] = {entry.body_octets, entry.failed_deliveries, true};
        }
    }
    state_ = state;
    end_operation();
    handed_over_ = durable_ = states_.size() - 1;
    disk_.note(DiskEvent::Kind::handed_over, handed_over_);
    disk_.note(DiskEvent::Kind::answered, durable_);
    return {};
}

void Workload::answered(std::uint64_t number) {
    const auto asked = asked_.find(number);
    if (asked == asked_.end()) return;
    const Asked what = std::move(asked->second);
    asked_.erase(asked);
    // A message that all its consumers took is confirmed before anything is written.
    const bool taken =
        !what.sequences.empty() &&
        std::all_of(what.sequences.begin(), what.sequences.end(),
                    [&](std::uint64_t sequence) { return taken_.contains(sequence); });
    if (taken || what.operations <= durable_) return;
    durable_ = what.operations;
    disk_.note(DiskEvent::Kind::answered, durable_);
}

Waiter Workload::waiter(std::vector<std::uint64_t> sequences) {
    // Counted when its operation has ended.
    asked_[++last_asked_] = {states_.size(), std::move(sequences)};
    return {listener_, last_asked_};
}

void Workload::end_operation() {
    if (!in_transaction_) states_.push_back(state_);
}

void Workload::submit() {
    handed_over_ = states_.size() - 1;
    disk_.note(DiskEvent::Kind::handed_over, handed_over_);
    world_->store->submit();
}

void Workload::wait() {
    world_->calls.run_until([&] { return waiting() == 0; });
}

std::uint64_t Workload::any_queue() {
    auto place = content_.begin();
    std::advance(place, number(0, static_cast<int>(content_.size()) - 1));
    return place->first;
}

std::uint32_t Workload::any_octets() {
    const int kind = number(1, 100);
    const int octets = kind <= 75   ? number(0, 400)
                       : kind <= 97 ? number(1000, 6'000)
                                    : number(40'000, 140'000);
    return static_cast<std::uint32_t>(octets);
}

void Workload::put(std::uint64_t queue, std::uint64_t sequence, Item item) {
    if (item.persistent) state_ ^= state_of_entry(queue, sequence, item.octets, item.failed);
    content_[queue][sequence] = item;
}

Workload::QueueContent::iterator Workload::drop(std::uint64_t queue, QueueContent::iterator item) {
    const auto& [sequence, facts] = *item;
    if (facts.persistent) state_ ^= state_of_entry(queue, sequence, facts.octets, facts.failed);
    return content_[queue].erase(item);
}

void Workload::add_queue() {
    const std::uint64_t queue = world_->store->next_id();
    Definition definition = queue_definition(queue);
    state_ ^= state_of_definition(definition);
    world_->store->define(std::move(definition), {});
    content_[queue];
    end_operation();
}

void Workload::publish(std::uint32_t octets) {
    const bool persistent = !chance(12);
    std::set<std::uint64_t> queues;
    for (int i = chance(4) ? 2 : 1; i > 0; --i) queues.insert(any_queue());
    // The body leads back to the first sequence of the message, which is its own in every queue.
    const std::uint64_t sequence = world_->next_sequence();
    std::vector<Entry> entries;
    for (const std::uint64_t queue : queues) {
        entries.push_back(entry(queue, sequence));
        put(queue, sequence, {octets, 0, persistent});
    }
    const bool waits = !in_transaction_ && !chance(3);
    world_->store->publish(message_of(body_of(sequence, octets), persistent), entries, {},
                           waits ? waiter({sequence}) : Waiter{});
    end_operation();
}

void Workload::settle_one(std::uint64_t queue, std::uint64_t sequence, Settled how) {
    // With more than one queue, or as half of a transaction, its publisher waits for the commit.
    if (how == Settled::taken && !in_transaction_) {
        bool elsewhere = false;
        for (const auto& [other, items] : content_) {
            elsewhere |= other != queue && items.contains(sequence);
        }
        if (!elsewhere) taken_.insert(sequence);
    }
    world_->settle(queue, sequence, how);
    end_operation();
}

void Workload::settle(int most) {
    const std::uint64_t queue = any_queue();
    QueueContent& items = content_[queue];
    if (items.empty()) return;
    auto place = items.begin();
    if (chance(3)) std::advance(place, number(0, static_cast<int>(items.size()) - 1));
    for (int i = number(1, most); i > 0 && place != items.end(); --i) {
        const std::uint64_t sequence = place->first;
        place = drop(queue, place);
        settle_one(queue, sequence, chance(4) ? Settled::dropped : Settled::taken);
    }
}

void Workload::count() {
    const std::uint64_t queue = any_queue();
    if (content_[queue].empty()) return;
    const std::uint64_t sequence = content_[queue].begin()->first;
    Item item = content_[queue].begin()->second;
    drop(queue, content_[queue].begin());
    item.failed = static_cast<std::uint16_t>(number(1, 3));
    put(queue, sequence, item);
    world_->store->count(entry(queue, sequence), item.failed);
    end_operation();
}

void Workload::purge() {
    const std::uint64_t queue = any_queue();
    std::vector<Sequence> kept;
    for (auto place = content_[queue].begin(); place != content_[queue].end();) {
        if (chance(4)) {
            kept.push_back(Sequence{place->first});
            ++place;
        } else {
            place = drop(queue, place);
        }
    }
    world_->store->purge(QueueId{queue}, Sequence{world_->next_sequence()}, kept, waiter());
    end_operation();
}

void Workload::remove() {
    const std::uint64_t queue = any_queue();
    while (!content_[queue].empty()) drop(queue, content_[queue].begin());
    state_ ^= state_of_definition(queue_definition(queue));
    content_.erase(queue);
    world_->store->remove(QueueId{queue}, waiter());
    end_operation();
    add_queue();
}

void Workload::define() {
    Definition definition;
    definition.kind = DefinitionKind::exchange;
    const bool anew = definitions_.empty() || chance(3);
    definition.id = DefinitionId{anew ? world_->store->next_id() : definitions_.begin()->first};
    const auto id = static_cast<std::uint64_t>(definition.id);
    if (!anew) state_ ^= definitions_[id];
    if (!anew && chance(3)) {
        definitions_.erase(id);
        world_->store->undefine(definition.kind, definition.id, waiter());
        return end_operation();
    }
    definition.add(1, body_of(states_.size(), static_cast<std::size_t>(number(0, 3000))));
    definitions_[id] = state_of_definition(definition);
    state_ ^= definitions_[id];
    world_->store->define(std::move(definition), waiter());
    end_operation();
}

void Workload::undefine_nothing() {
    world_->store->undefine(DefinitionKind::policy, DefinitionId{world_->store->next_id()},
                            waiter());
    end_operation();
}

void Workload::transaction() {
    world_->store->begin_transaction();
    in_transaction_ = true;
    settle(3);
    for (int i = number(1, 3); i > 0; --i) publish(any_octets());
    in_transaction_ = false;
    world_->store->end_transaction(waiter());
    end_operation();
}

void Workload::barrier() {
    world_->store->barrier(waiter());
    end_operation();
}

void Workload::operate(Scene scene) {
    switch (scene) {
        case Scene::settle:
            return settle(10);
        case Scene::transaction:
            return transaction();
        case Scene::definition:
            return define();
        case Scene::purge:
            return purge();
        case Scene::removal:
            return remove();
        default:
            return publish(any_octets());
    }
}

void Workload::operate_at_random() {
    const int kind = number(1, 100);
    if (kind <= 50) return publish(any_octets());
    if (kind <= 78) return settle(6);
    if (kind <= 82) return count();
    if (kind <= 84) return purge();
    if (kind <= 85) return remove();
    if (kind <= 89) return define();
    transaction();
}

void Workload::do_alone(Scene scene) {
    while (content_.size() < 3) add_queue();
    barrier();
    submit();
    wait();
    disk_.set_scene(scene);
    operate(scene);
    barrier();
    submit();
    wait();
}

void Workload::do_many(int turns) {
    disk_.set_scene(Scene::many_at_once);
    for (int turn = 0; turn < turns; ++turn) {
        for (int i = number(1, 8); i > 0; --i) operate_at_random();
        barrier();
        submit();
        // At most two turns are on their way, so that commits follow each other closely.
        world_->calls.run_until([&] { return handed_over_ - durable_ < 25 || waiting() == 0; });
    }
    wait();
}

void Workload::grow(int messages) {
    disk_.set_scene(Scene::publish);
    const std::uint64_t queue = any_queue();
    for (int i = 0; i < messages; ++i) {
        const std::uint64_t sequence = world_->next_sequence();
        const auto octets = static_cast<std::uint32_t>(number(2'000, 6'000));
        put(queue, sequence, {octets, 0, true});
        const Entry one[] = {entry(queue, sequence)};
        world_->store->publish(message_of(body_of(sequence, octets)), one, {}, waiter({sequence}));
        end_operation();
        if (i % 4 != 3) continue;
        submit();
        wait();
    }
    barrier();
    submit();
    wait();
}

void Workload::thin_out() {
    disk_.set_scene(Scene::settle);
    for (auto& [queue, items] : content_) {
        for (auto place = items.begin(); place != items.end();) {
            if (chance(4)) {
                ++place;
                continue;
            }
            const std::uint64_t sequence = place->first;
            place = drop(queue, place);
            settle_one(queue, sequence, Settled::taken);
        }
    }
    for (int i = 0; i < 4; ++i) {
        publish(300);
        barrier();
        submit();
        wait();
    }
}

void Workload::write_nothing() {
    disk_.set_scene(Scene::nothing_written);
    begin_behind_gate();
    undefine_nothing();
    submit();
    open_gate();
    wait();
}

void Workload::go_on_until_struck() {
    begin_behind_gate();
    define();
    publish(any_octets());
    submit();
    open_gate();
    world_->calls.run_until([&] {
        return disk_.strikes() > 0 && world_->store->health().state != Health::State::good;
    });
    world_->calls.run_all();
}

/// Hands over a turn and waits until its commit begins.
void Workload::begin_behind_gate() {
    gate_.close();
    world_->calls.set_lockstep(false);  // nobody hears until the gate is open
    define();
    submit();
    gate_.wait_for_commit();
}

void Workload::open_gate() {
    world_->calls.set_lockstep(true);
    gate_.open();
}

}  // namespace leveret::test
