// Back-pressure: what a client that does not read can hold, and how its own reading is slowed.
#include "broker/limits.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using leveret::broker::amqp::Reading;
namespace limits = leveret::broker::limits;

namespace {

const std::string kibibyte(1024, 'x');

}  // namespace

TEST_CASE("a consumer that does not read gets what its outbox may hold, and no more",
          "[back-pressure]") {
    TestBroker broker;
    auto publisher = broker.connect().open_channel();
    auto slow = broker.connect().open_channel();
    slow.queue_declare({.queue = "q"});
    slow.consume({.queue = "q", .no_ack = true});
    const std::size_t size = GENERATE(1024u, 60'000u);  // copied, and referred to
    const std::string body(size, 'x');
    const std::size_t count = 8 * limits::outbox_octets / size;
    slow.connection().stop_reading();

    for (std::size_t i = 0; i < count; ++i) publisher.publish_to("q", body);

    CHECK(slow.connection().outbox_octets() >= limits::outbox_octets);
    CHECK(slow.connection().outbox_octets() < limits::outbox_octets + size + 1000);
    CHECK(broker.queue("q").ready_count() > count / 2);

    SECTION("when it reads again, it gets the rest in order") {
        slow.connection().resume_reading();
        CHECK(slow.waiting() == count);
        CHECK(broker.queue("q").ready_count() == 0);
    }
    SECTION("reading a little gives no credit, reading half of it does") {
        const auto ready = broker.queue("q").ready_count();
        slow.connection().read(limits::outbox_octets / 4);
        CHECK(broker.queue("q").ready_count() == ready);
        slow.connection().read(limits::outbox_octets / 2);
        CHECK(broker.queue("q").ready_count() < ready);
        CHECK(slow.connection().outbox_octets() >= limits::outbox_octets);
    }
    SECTION("when it leaves, what it was not sent is still in the queue") {
        const auto ready = broker.queue("q").ready_count();
        slow.connection().lose();
        CHECK(broker.queue("q").ready_count() == ready);
    }
}

TEST_CASE("a consumer that does not read holds up nobody else", "[back-pressure]") {
    TestBroker broker;
    auto publisher = broker.connect().open_channel();
    auto slow = broker.connect().open_channel();
    auto fast = broker.connect().open_channel();
    slow.queue_declare({.queue = "q"});
    slow.consume({.queue = "q", .no_ack = true});
    fast.consume({.queue = "q", .no_ack = true});
    slow.connection().stop_reading();
    const std::size_t count = 4 * limits::outbox_octets / kibibyte.size();

    for (std::size_t i = 0; i < count; ++i) publisher.publish_to("q", kibibyte);

    CHECK(broker.queue("q").ready_count() == 0);
    CHECK(fast.waiting() > count / 2);
}

TEST_CASE("several queues wait for the credit of one client, each gets its turn",
          "[back-pressure]") {
    TestBroker broker;
    auto publisher = broker.connect().open_channel();
    auto slow = broker.connect().open_channel();
    const std::vector<std::string> queues{"a", "b", "c"};
    for (const std::string& queue : queues) {
        slow.queue_declare({.queue = queue});
        slow.consume({.queue = queue, .no_ack = true});
    }
    slow.connection().stop_reading();
    const std::size_t count = 2 * limits::outbox_octets / kibibyte.size();
    for (std::size_t i = 0; i < count; ++i) {
        for (const std::string& queue : queues) publisher.publish_to(queue, kibibyte);
    }

    slow.connection().resume_reading();

    for (const std::string& queue : queues) CHECK(broker.queue(queue).ready_count() == 0);
    CHECK(slow.waiting() == 3 * count);
}

TEST_CASE("a client that does not read its answers is not read from", "[back-pressure]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.queue_declare({.queue = "q"});
    const std::string body(100'000, 'x');
    for (int i = 0; i < 60; ++i) channel.publish_to("q", body);
    CHECK(connection.reading() == Reading::freely);
    connection.stop_reading();

    int gets = 0;
    while (connection.reading() == Reading::freely) {
        channel.send(basic::Get{.queue = "q"});
        REQUIRE(++gets < 60);
    }

    CHECK(connection.reading() == Reading::stopped);
    CHECK(connection.outbox_octets() > limits::outbox_octets_stop_reading);
    CHECK(connection.outbox_octets() < limits::outbox_octets_stop_reading + body.size() + 1000);
    connection.resume_reading();
    CHECK(connection.reading() == Reading::freely);
}

TEST_CASE("a body that many wait for is in memory once", "[back-pressure]") {
    TestBroker broker;
    auto publisher = broker.connect().open_channel();
    publisher.exchange_declare({.exchange = "x", .type = "fanout"});
    std::vector<TestChannel> consumers;
    for (int i = 0; i < 8; ++i) {
        auto channel = broker.connect().open_channel();
        const std::string queue = "q" + std::to_string(i);
        channel.queue_declare({.queue = queue});
        channel.queue_bind({.queue = queue, .exchange = "x"});
        channel.consume({.queue = queue, .no_ack = true});
        channel.connection().stop_reading();
        consumers.push_back(channel);
    }
    const std::string body(500'000, 'y');

    publisher.publish({.exchange = "x"}, body);

    for (TestChannel& channel : consumers) {
        // Their own octets are few: the body is sent from the message they share.
        CHECK(channel.connection().outbox_octets() > body.size());
        CHECK(channel.connection().core().outbox().octets().size() < 1000);
        channel.connection().resume_reading();
        CHECK(channel.next_delivery().body() == body);
    }
}

// Pacing

TEST_CASE("a publisher whose messages pile up before a consumer is read more slowly",
          "[back-pressure][pacing]") {
    TestBroker broker;
    auto publisher = broker.connect().open_channel();
    auto slow = broker.connect().open_channel();
    slow.queue_declare({.queue = "q"});
    slow.consume({.queue = "q", .no_ack = true});
    slow.connection().stop_reading();
    const auto pile_up = [&](TestChannel channel) {
        const std::size_t count = 4 * limits::outbox_octets / kibibyte.size();
        for (std::size_t i = 0; i < count; ++i) channel.publish_to("q", kibibyte);
    };

    SECTION("until they have left") {
        pile_up(publisher);
        CHECK(publisher.connection().reading() == Reading::paced);
        slow.connection().resume_reading();
        CHECK(publisher.connection().reading() == Reading::freely);
    }
    SECTION("or nobody is left to take them") {
        pile_up(publisher);
        slow.connection().lose();
        CHECK(publisher.connection().reading() == Reading::freely);
    }
    SECTION("but not when it may owe acks, which must arrive") {
        auto second = publisher.connection().open_channel();
        second.queue_declare({.queue = "other"});
        second.consume({.queue = "other"});
        pile_up(publisher);
        CHECK(publisher.connection().reading() == Reading::freely);
    }
}

TEST_CASE("publishing to a queue without consumers is not paced", "[back-pressure][pacing]") {
    TestBroker broker;
    auto publisher = broker.connect().open_channel();
    publisher.queue_declare({.queue = "q"});

    for (int i = 0; i < 2000; ++i) publisher.publish_to("q", kibibyte);

    CHECK(publisher.connection().reading() == Reading::freely);
}

// Alarms

TEST_CASE("under an alarm a connection that may owe acks is read a little at a time",
          "[back-pressure][connection.blocked]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto channel = connection.open_channel();
    channel.queue_declare({.queue = "q"});
    channel.publish_to("q", "1");
    channel.publish_to("q", "2");
    broker.raise_memory_alarm();

    SECTION("because it holds deliveries") {
        channel.get("q");
        channel.publish_to("q", "3");
        CHECK(connection.reading() == Reading::trickle);
        channel.ack(1);
        CHECK(connection.reading() == Reading::stopped);
    }
    SECTION("because it consumes with acks") {
        channel.consume({.queue = "q", .consumer_tag = "t"});
        channel.publish_to("q", "3");
        CHECK(connection.reading() == Reading::trickle);
        channel.ack(0, true);
        CHECK(connection.reading() == Reading::trickle);
        for (int i = 0; i < 3; ++i) channel.next_delivery();
        channel.cancel("t");
        CHECK(connection.reading() == Reading::stopped);
    }
    SECTION("because it has put acks aside in a transaction") {
        channel.tx_select();
        channel.get("q");
        channel.publish_to("q", "3");
        channel.ack(1);
        CHECK(connection.reading() == Reading::trickle);
        channel.tx_commit();
        CHECK(connection.reading() == Reading::stopped);
    }
    SECTION("not because it consumes without acks") {
        channel.consume({.queue = "q", .no_ack = true});
        channel.publish_to("q", "3");
        CHECK(connection.reading() == Reading::stopped);
    }
    CHECK(connection.next<connection::Blocked>().reason == "low on memory");
    broker.clear_memory_alarm();
    CHECK(connection.reading() == Reading::freely);
    CHECK(connection.next<connection::Unblocked>() == connection::Unblocked{});
}

TEST_CASE("under the disk alarm a connection's trickle is parked up to a bound, then it waits",
          "[back-pressure][connection.blocked]") {
    TestBroker broker;
    auto connection = broker.connect();
    auto other = broker.connect();
    auto channel = connection.open_channel();
    channel.queue_declare({.queue = "q"});
    channel.consume({.queue = "q"});
    broker.core().alarms().disk_short(true);
    const std::string body(100'000, 'x');
    channel.publish_to("nowhere", body);  // blocks it
    CHECK(connection.next<connection::Blocked>().reason == "low on disk");
    for (std::size_t parked = 0; parked + 200'000 < limits::parked_octets_per_connection;
         parked += body.size()) {
        channel.publish_to("nowhere", body);
        CHECK(connection.reading() == Reading::trickle);
    }
    channel.publish_to("nowhere", body);
    channel.publish_to("nowhere", body);
    CHECK(connection.reading() == Reading::stopped);
    // The bound is its own: who has published less goes on.
    auto others = other.open_channel();
    others.consume({.queue = "q"});
    others.publish_to("nowhere", "x");
    CHECK(other.next<connection::Blocked>().reason == "low on disk");
    CHECK(other.reading() == Reading::trickle);

    broker.core().alarms().disk_short(false);
    broker.end_turn();
    (void)connection.next<connection::Unblocked>();
    (void)other.next<connection::Unblocked>();
    CHECK(connection.reading() == Reading::freely);
}

TEST_CASE("when memory runs short, queues that nobody uses give theirs up as well",
          "[back-pressure][paging]") {
    leveret::broker::Config config = TestBroker::default_config();
    config.memory.bodies = {std::uint64_t{4'000'000}};
    TestBroker broker(std::move(config));
    broker.expect_paging();
    auto channel = broker.connect().open_channel();
    const std::string body(100'000, 'x');
    for (const char* queue : {"idle", "busy"}) {
        channel.queue_declare({.queue = queue});
        for (int i = 0; i < 30; ++i) channel.publish_to(queue, body);
    }
    const auto resident = [&] { return broker.queue("idle").ready()[0].memory_octets(); };
    CHECK(resident() > 30 * body.size());
    broker.advance(limits::tick * 3);  // stored late, durable, given up
    CHECK(resident() < 10 * body.size());
    CHECK(broker.queue("idle").ready_count() == 30);
}
