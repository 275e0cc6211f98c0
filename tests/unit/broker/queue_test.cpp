// A queue and its consumers, without channels: order, priorities, turns, and what is counted.
#include "broker/queue.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/queue_world.hpp"

using namespace leveret::broker;
using namespace leveret::protocol::amqp;
using leveret::storage::Sequence;

namespace {

/// Takes as many messages as it has credit for and keeps them.
class Taker final : public Consumer {
public:
    explicit Taker(Properties properties, int credit = 1'000'000)
        : Consumer(properties), credit_(credit) {}

    [[nodiscard]] bool has_credit() override { return credit_ > 0; }
    void deliver(Queue&, QueuedMessage&& message) override {
        --credit_;
        taken.push_back(std::move(message));
    }
    void queue_deleted() override { told_of_end = true; }
    void add_credit(int more) { credit_ += more; }

    [[nodiscard]] std::string bodies() const {
        std::string all;
        for (const auto& message : taken) all += message.message->body();
        return all;
    }

    std::vector<QueuedMessage> taken;
    bool told_of_end = false;

private:
    int credit_;
};
using TakerPtr = boost::intrusive_ptr<Taker>;

struct World final : leveret::test::QueueWorld {
    explicit World(QueueProperties properties = {.durable = true, .arguments = {}})
        : queue(make_queue(std::move(properties))) {}

    void publish(std::string_view bodies) {
        for (const char body : bodies) (void)QueueWorld::publish(*queue, {&body, 1});
    }
    TakerPtr add(Consumer::Properties properties = {}, int credit = 1'000'000) {
        TakerPtr taker(new Taker(properties, credit));
        queue->add_consumer(*taker);
        return taker;
    }

    QueuePtr queue;
};

}  // namespace

TEST_CASE("messages leave in the order of publishing, when the turn ends", "[queue]") {
    World world;
    const auto taker = world.add();
    world.publish("abc");

    CHECK(taker->taken.empty());
    CHECK(world.turns_wanted == 1);
    world.turn.end();
    CHECK(taker->bodies() == "abc");
    CHECK(world.queue->ready_count() == 0);
}

TEST_CASE("without consumers messages stay", "[queue]") {
    World world;
    world.publish("abc");
    world.turn.end();
    CHECK(world.queue->ready_count() == 3);
}

TEST_CASE("sequence numbers rise and are not used again", "[queue]") {
    World world;
    const auto message = Message::make("", "q", BasicProperties{}, "x");
    CHECK(world.queue->publish(message, {}).sequence == Sequence{1});
    (void)world.queue->take();
    CHECK(world.queue->publish(message, {}).sequence == Sequence{2});
    (void)world.queue->purge();
    CHECK(world.queue->publish(message, {}).sequence == Sequence{3});
}

TEST_CASE("what comes back goes to its old place", "[queue]") {
    World world;
    world.publish("abcde");
    std::vector<QueuedMessage> out;
    for (int i = 0; i < 4; ++i) out.push_back(*world.queue->take());
    world.publish("f");

    for (const std::size_t i : {3u, 0u, 2u, 1u}) world.queue->requeue(std::move(out[i]));

    std::string order;
    while (auto message = world.queue->take()) {
        CHECK(message->redelivered == (message->message->body() < "e"));
        order += message->message->body();
    }
    CHECK(order == "abcdef");
}

TEST_CASE("counts and octets follow every way in and out", "[queue]") {
    World world;
    const auto check = [&](std::uint32_t count) {
        CHECK(world.queue->ready_count() == count);
        CHECK(world.queue->ready_octets() == count);  // bodies of one octet
    };
    world.publish("abcd");
    check(4);
    auto one = *world.queue->take();
    check(3);
    world.queue->requeue(std::move(one));
    check(4);
    CHECK(world.queue->purge() == 4);
    check(0);
    CHECK(world.queue->purge() == 0);
    world.publish("ab");
    CHECK(world.queue->end() == 2);
    check(0);
}

TEST_CASE("consumers of one priority are served in turn", "[queue]") {
    World world;
    const auto a = world.add();
    const auto b = world.add();
    const auto c = world.add({}, 1);
    world.publish("1234567");
    world.turn.end();

    CHECK(a->bodies() == "146");
    CHECK(b->bodies() == "257");
    CHECK(c->bodies() == "3");
}

TEST_CASE("the turn goes on where it stood when a consumer leaves", "[queue]") {
    World world;
    const auto a = world.add();
    const auto b = world.add();
    const auto c = world.add();
    world.publish("12");
    world.turn.end();  // c is next

    SECTION("one before it") { world.queue->remove_consumer(*a); }
    SECTION("one before it, the other") { world.queue->remove_consumer(*b); }
    world.publish("3");
    world.turn.end();
    CHECK(c->bodies() == "3");
}

TEST_CASE("the turn begins anew when the next one in turn leaves", "[queue]") {
    World world;
    const auto a = world.add();
    const auto b = world.add();
    const auto c = world.add();
    world.publish("12");
    world.turn.end();
    world.queue->remove_consumer(*c);

    world.publish("3");
    world.turn.end();

    CHECK(a->bodies() == "13");
    CHECK(b->bodies() == "2");
}

TEST_CASE("higher priorities are served first while they have credit", "[queue]") {
    World world;
    const auto low = world.add({.priority = -1});
    const auto high = world.add({.priority = 5}, 2);
    const auto middle = world.add({}, 1);
    world.publish("12345");
    world.turn.end();
    CHECK(high->bodies() == "12");
    CHECK(middle->bodies() == "3");
    CHECK(low->bodies() == "45");

    world.queue->remove_consumer(*low);
    world.publish("6");
    world.turn.end();
    CHECK(world.queue->ready_count() == 1);
    high->add_credit(1);
    world.turn.pump_later(*world.queue);
    world.turn.end();
    CHECK(high->bodies() == "126");
}

TEST_CASE("an exclusive consumer is alone", "[queue]") {
    World world;
    CHECK(world.queue->may_add_consumer(true));
    const auto shared = world.add();
    CHECK_FALSE(world.queue->may_add_consumer(true));
    CHECK(world.queue->may_add_consumer(false));
    world.queue->remove_consumer(*shared);

    const auto exclusive = world.add({.exclusive = true});
    CHECK_FALSE(world.queue->may_add_consumer(false));
    world.queue->remove_consumer(*exclusive);
    CHECK(world.queue->may_add_consumer(true));
}

TEST_CASE("who consumes an auto-delete queue is counted out", "[queue]") {
    World world({.auto_delete = true, .arguments = {}});
    const auto a = world.add();
    const auto b = world.add();
    world.queue->remove_consumer(*a);
    CHECK(world.left == 0);
    world.queue->remove_consumer(*a);  // again changes nothing
    CHECK(world.queue->consumer_count() == 1);
    world.queue->remove_consumer(*b);
    CHECK(world.left == 1);
}

TEST_CASE("consumers are told of the end, and nothing comes back to a queue that has ended",
          "[queue]") {
    World world;
    const auto taker = world.add({}, 1);
    world.publish("ab");
    world.turn.end();
    REQUIRE(taker->taken.size() == 1);

    CHECK(world.queue->end() == 1);
    CHECK(taker->told_of_end);
    CHECK(world.queue->deleted());
    world.queue->requeue(std::move(taker->taken[0]));
    CHECK(world.queue->ready_count() == 0);
}

TEST_CASE("the store is told of each stored message once that it is settled", "[queue]") {
    World world;
    const auto message = Message::make(
        "", "q", BasicProperties{}.set(property::delivery_mode, &BasicProperties::delivery_mode, 2),
        "x");
    const auto publish = [&] {
        const leveret::storage::Entry entry{
            world.queue->id(), world.queue->publish(message, {.persistent = true}).sequence};
        world.store.publish(message, {&entry, 1}, {}, {});
    };
    publish();
    publish();
    publish();
    CHECK(world.store.entries(world.queue->id()) == 3);

    const auto one = *world.queue->take();
    world.queue->settle(one);
    CHECK(world.store.entries(world.queue->id()) == 2);
    auto two = *world.queue->take();
    world.queue->requeue(std::move(two));
    CHECK(world.store.entries(world.queue->id()) == 2);
    const auto again = *world.queue->take();
    CHECK(world.queue->purge() == 1);
    CHECK(world.store.entries(world.queue->id()) == 1);  // the one that is out
    world.queue->settle(again);
    CHECK(world.store.entries(world.queue->id()) == 0);
    CHECK(world.store.violations() == std::vector<std::string>{});
}
