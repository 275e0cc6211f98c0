// Unacked deliveries: found by tag in any order, kept in order, and no memory for gaps.
#include "broker/amqp/unacked.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "broker/amqp/amqp_consumer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/queue_world.hpp"

using namespace leveret::broker;
using namespace leveret::broker::amqp;
using namespace leveret::protocol::amqp;

namespace {

struct World final : leveret::test::QueueWorld {
    QueuePtr queue = make_queue();
    MessagePtr message = Message::make("", "q", BasicProperties{}, "body");
    Unacked unacked;

    void add(std::uint64_t tag) {
        unacked.add({DeliveryTag{tag},
                     queue,
                     nullptr,
                     {.message = message, .sequence = leveret::storage::Sequence{tag}}});
    }
    void add_up_to(std::uint64_t last) {
        for (std::uint64_t tag = 1; tag <= last; ++tag) add(tag);
    }
    bool take(std::uint64_t tag) {
        const auto taken = unacked.take(DeliveryTag{tag});
        if (taken) {
            CHECK(taken->tag == DeliveryTag{tag});
            CHECK(taken->queue == queue);
            CHECK(taken->message.message == message);
        }
        return taken.has_value();
    }
    /// Messages that are held, by the count of references to the one that all are.
    [[nodiscard]] std::size_t held() const { return message->use_count() - 1; }
};

std::vector<std::uint64_t> tags(const std::vector<UnackedDelivery>& deliveries) {
    std::vector<std::uint64_t> numbers;
    for (const auto& delivery : deliveries) {
        numbers.push_back(static_cast<std::uint64_t>(delivery.tag));
    }
    return numbers;
}

using Tags = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a delivery is taken once", "[unacked]") {
    World world;
    CHECK_FALSE(world.take(1));
    world.add_up_to(3);

    CHECK(world.take(2));
    CHECK_FALSE(world.take(2));
    CHECK_FALSE(world.take(0));
    CHECK_FALSE(world.take(4));
    CHECK(world.take(1));
    CHECK(world.take(3));
    CHECK(world.unacked.empty());
    CHECK(world.held() == 0);
}

TEST_CASE("all up to a tag are taken in order, and nothing when the tag is not there",
          "[unacked]") {
    World world;
    world.add_up_to(6);
    CHECK(world.take(2));
    std::vector<UnackedDelivery> taken;

    CHECK_FALSE(world.unacked.take_up_to(DeliveryTag{2}, taken));
    CHECK_FALSE(world.unacked.take_up_to(DeliveryTag{7}, taken));
    CHECK(taken.empty());
    CHECK(world.unacked.take_up_to(DeliveryTag{4}, taken));
    CHECK(tags(taken) == Tags{1, 3, 4});
    CHECK(world.unacked.size() == 2);
    world.unacked.take_all(taken);
    CHECK(tags(taken) == Tags{1, 3, 4, 5, 6});
    CHECK(world.unacked.empty());
}

TEST_CASE("tags may have gaps from the start", "[unacked]") {
    World world;
    for (const std::uint64_t tag : {2u, 5u, 9u, 10u}) world.add(tag);

    CHECK_FALSE(world.take(3));
    CHECK_FALSE(world.take(8));
    CHECK(world.take(9));
    CHECK(world.take(5));
    CHECK(world.take(10));
    CHECK(world.take(2));
}

TEST_CASE("what was taken is put back in its old order", "[unacked]") {
    World world;
    world.add_up_to(8);
    std::vector<UnackedDelivery> aside;
    for (const std::uint64_t tag : {6u, 2u}) {
        aside.push_back(*world.unacked.take(DeliveryTag{tag}));
    }
    CHECK(world.take(4));  // done with
    world.add(9);

    world.unacked.put_back(std::move(aside));

    CHECK(world.unacked.size() == 8);
    std::vector<UnackedDelivery> all;
    world.unacked.take_all(all);
    CHECK(tags(all) == Tags{1, 2, 3, 5, 6, 7, 8, 9});
}

TEST_CASE("memory follows what is unacked, not the distance of tags", "[unacked]") {
    // A slot that is settled holds no message; that settled slots are swept is seen by time:
    // with a million of them kept, this would take minutes.
    World world;
    world.add(1);
    for (std::uint64_t tag = 2; tag < 200'000; ++tag) {
        world.add(tag);
        if (!world.unacked.take(DeliveryTag{tag})) FAIL("tag " << tag);
    }
    CHECK(world.held() == 1);
    CHECK(world.take(1));
}

TEST_CASE("any order of operations does what a map would do", "[unacked]") {
    std::mt19937 random(Catch::rngSeed());
    INFO("--rng-seed " << Catch::rngSeed());
    const auto below = [&](std::uint64_t limit) {
        return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random);
    };
    World world;
    std::map<std::uint64_t, bool> model;  // keys alone matter
    std::uint64_t last = 0;
    std::vector<UnackedDelivery> taken;
    for (int step = 0; step < 4000; ++step) {
        const std::uint64_t tag = below(last + 2);
        switch (below(8)) {
            case 0:
            case 1:
            case 2:
            case 3:
                last += 1 + below(3) / 2;
                world.add(last);
                model[last] = true;
                break;
            case 4:
            case 5:
                REQUIRE(world.unacked.take(DeliveryTag{tag}).has_value() ==
                        (model.erase(tag) == 1));
                break;
            case 6: {
                if (below(20) != 0) break;  // else it is empty most of the time
                taken.clear();
                const bool there = model.contains(tag);
                REQUIRE(world.unacked.take_up_to(DeliveryTag{tag}, taken) == there);
                Tags expected;
                while (there && !model.empty() && model.begin()->first <= tag) {
                    expected.push_back(model.begin()->first);
                    model.erase(model.begin());
                }
                REQUIRE(tags(taken) == expected);
                break;
            }
            default: {
                std::vector<UnackedDelivery> aside;
                for (int i = 0; i < 3; ++i) {
                    if (auto one = world.unacked.take(DeliveryTag{below(last + 2)})) {
                        aside.push_back(std::move(*one));
                    }
                }
                world.unacked.put_back(std::move(aside));
            }
        }
        taken.clear();
        REQUIRE(world.unacked.size() == model.size());
        REQUIRE(world.held() == model.size());
    }
}

TEST_CASE("a delivery given back is known until its client speaks of it, and counts no more",
          "[unacked]") {
    World world;
    world.add_up_to(4);
    for (const std::uint64_t tag : {1u, 3u}) {
        const UnackedDelivery given = world.unacked.give_back(DeliveryTag{tag});
        CHECK(given.message.message == world.message);
        CHECK(given.queue == world.queue);
    }
    CHECK(world.unacked.size() == 2);
    CHECK(world.held() == 2);
    std::vector<UnackedDelivery> taken;
    SECTION("alone") {
        const auto late = world.unacked.take(DeliveryTag{3});
        REQUIRE(late);
        CHECK(late->returned);
        CHECK_FALSE(world.unacked.take(DeliveryTag{3}));
        CHECK(world.unacked.size() == 2);
    }
    SECTION("with others") {
        CHECK(world.unacked.take_up_to(DeliveryTag{3}, taken));
        CHECK(tags(taken) == Tags{2});
        CHECK(world.unacked.size() == 1);
    }
    SECTION("with all") {
        world.unacked.take_all(taken);
        CHECK(tags(taken) == Tags{2, 4});
        CHECK(world.unacked.empty());
    }
    SECTION("or when no other is left") {
        CHECK(world.take(2));
        CHECK(world.take(4));
        CHECK(world.unacked.empty());
        CHECK(world.unacked.take(DeliveryTag{1})->returned);
    }
}
