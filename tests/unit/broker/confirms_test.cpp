// Confirms: which numbers are answered when, and how.
#include "broker/amqp/confirms.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "protocol/amqp/frame.hpp"
#include "protocol/amqp/method_codec.hpp"
#include "protocol/amqp/method_list.hpp"
#include "tests/support/catch.hpp"

using namespace leveret::broker::amqp;
using namespace leveret::protocol::amqp;

namespace {

struct Owner final : ConfirmsOwner {
    int ready = 0;
    void confirms_ready() override { ++ready; }
};

/// What write() appends, in short: "ack 3", "ack 5*" for up to 5, "nack 6".
std::string written(Confirms& confirms) {
    leveret::protocol::OctetBuffer out;
    confirms.write(out, ChannelNumber{1});
    FrameParser frames;
    frames.feed(out.view());
    std::string text;
    while (const auto frame = frames.next()) {
        WireReader in(frame->payload);
        const MethodId id = read_method_id(in);
        if (!text.empty()) text += ", ";
        if (id == basic::Ack::id) {
            const auto ack = decode_method<basic::Ack>(in);
            text += "ack " + std::to_string(static_cast<std::uint64_t>(ack.delivery_tag));
            if (ack.multiple) text += "*";
        } else {
            const auto nack = decode_method<basic::Nack>(in);
            text += "nack " + std::to_string(static_cast<std::uint64_t>(nack.delivery_tag));
            if (nack.multiple) text += "*";
        }
    }
    return text;
}

struct World {
    Owner owner;
    boost::intrusive_ptr<Confirms> confirms{new Confirms(owner)};

    void expect(int count) {
        for (int i = 0; i < count; ++i) (void)confirms->expect();
    }
};

}  // namespace

TEST_CASE("publishes are numbered from 1", "[confirms]") {
    World world;
    CHECK(world.confirms->expect() == PublishNumber{1});
    world.confirms->settled_at_once();
    CHECK(world.confirms->expect() == PublishNumber{3});
    CHECK(world.confirms->unconfirmed() == 3);
}

TEST_CASE("acks are answered in order, runs of them as one", "[confirms]") {
    World world;
    world.expect(5);

    world.confirms->acked(PublishNumber{2});
    CHECK(written(*world.confirms).empty());
    world.confirms->acked(PublishNumber{1});
    CHECK(written(*world.confirms) == "ack 2*");
    world.confirms->acked(PublishNumber{3});
    CHECK(written(*world.confirms) == "ack 3");
    world.confirms->acked(PublishNumber{5});
    CHECK(written(*world.confirms).empty());
    world.confirms->acked(PublishNumber{4});
    CHECK(written(*world.confirms) == "ack 5*");
    CHECK(world.confirms->unconfirmed() == 0);
}

TEST_CASE("nacks are answered one by one, and no ack jumps over them", "[confirms]") {
    World world;
    world.expect(6);
    world.confirms->nacked(PublishNumber{3});
    world.confirms->nacked(PublishNumber{4});
    world.confirms->acked(PublishNumber{2});
    CHECK(written(*world.confirms).empty());

    world.confirms->acked(PublishNumber{1});
    CHECK(written(*world.confirms) == "ack 2*, nack 3, nack 4");
    world.confirms->acked(PublishNumber{6});
    world.confirms->acked(PublishNumber{5});
    CHECK(written(*world.confirms) == "ack 6*");
}

TEST_CASE("a nack at the head is answered at once", "[confirms]") {
    World world;
    world.expect(3);

    world.confirms->nacked(PublishNumber{1});
    CHECK(written(*world.confirms) == "nack 1");
    world.confirms->acked(PublishNumber{3});
    CHECK(written(*world.confirms).empty());
    world.confirms->acked(PublishNumber{2});
    CHECK(written(*world.confirms) == "ack 3*");
}

TEST_CASE("what is settled at once waits for what was published before", "[confirms]") {
    World world;
    world.confirms->settled_at_once();
    CHECK(written(*world.confirms) == "ack 1");
    world.expect(1);
    world.confirms->settled_at_once();
    world.confirms->settled_at_once();
    CHECK(written(*world.confirms).empty());
    world.confirms->durable(2);
    CHECK(written(*world.confirms) == "ack 4*");
}

TEST_CASE("the owner is told once between two writes, and never when it has gone", "[confirms]") {
    World world;
    world.expect(3);
    world.confirms->acked(PublishNumber{1});
    world.confirms->acked(PublishNumber{2});
    CHECK(world.owner.ready == 1);
    (void)written(*world.confirms);
    world.confirms->acked(PublishNumber{3});
    CHECK(world.owner.ready == 2);
    (void)written(*world.confirms);

    world.expect(1);
    world.confirms->disown();
    world.confirms->acked(PublishNumber{4});
    CHECK(world.owner.ready == 2);
}

TEST_CASE("any order of settlements answers every number once, in order", "[confirms]") {
    std::vector<int> order{1, 2, 3, 4, 5, 6};
    do {
        World world;
        world.expect(6);
        std::uint64_t answered = 0;
        for (const int number : order) {
            if (number % 3 == 0) {
                world.confirms->nacked(PublishNumber{static_cast<std::uint64_t>(number)});
            } else {
                world.confirms->acked(PublishNumber{static_cast<std::uint64_t>(number)});
            }
            leveret::protocol::OctetBuffer out;
            world.confirms->write(out, ChannelNumber{1});
            FrameParser frames;
            frames.feed(out.view());
            while (const auto frame = frames.next()) {
                WireReader in(frame->payload);
                if (read_method_id(in) == basic::Ack::id) {
                    const auto ack = decode_method<basic::Ack>(in);
                    const auto tag = static_cast<std::uint64_t>(ack.delivery_tag);
                    REQUIRE(tag > answered);
                    REQUIRE(ack.multiple == (tag - answered > 1));
                    for (std::uint64_t n = answered + 1; n <= tag; ++n) REQUIRE(n % 3 != 0);
                    answered = tag;
                } else {
                    const auto nack = decode_method<basic::Nack>(in);
                    REQUIRE(static_cast<std::uint64_t>(nack.delivery_tag) == ++answered);
                    REQUIRE(answered % 3 == 0);
                }
            }
        }
        REQUIRE(answered == 6);
    } while (std::next_permutation(order.begin(), order.end()));
}
