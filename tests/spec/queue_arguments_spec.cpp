// The arguments of queue.declare: which are known, what they may be, and which of them a
// redeclaration must repeat. A table, as the rules are one.
#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

namespace {

struct Declaring {
    TestBroker broker;
    TestChannel channel = broker.connect().open_channel();

    /// Declares a queue `q` with one argument. Returns: the code of the refusal, 0 for none.
    int declare(std::string_view type, const std::string& name, const FieldValue& value) {
        FieldTable arguments{{name, value}};
        if (!type.empty()) arguments.append("x-queue-type", std::string(type));
        if (name == "x-dead-letter-routing-key") arguments.append("x-dead-letter-exchange", "");
        const std::string octets = arguments.encoded();
        channel.send(queue::Declare{.queue = "q", .durable = true, .arguments = {octets}});
        if (channel.connection().output().next_is(channel.number(), channel::Close::id)) {
            return channel.next<channel::Close>().reply_code;
        }
        (void)channel.next<queue::DeclareOk>();
        return 0;
    }
};

struct Row {
    std::string name;
    FieldValue value;
    int code = 0;
};

const std::int64_t ten_years = 315'360'000'000;

/// What both types of queue say to an argument.
const std::vector<Row> rows = {
    {"x-expires", 1},
    {"x-expires", std::int64_t{ten_years}},
    {"x-expires", 0, 406},
    {"x-expires", -1, 406},
    {"x-expires", std::int64_t{ten_years + 1}, 406},
    {"x-expires", "1000", 406},
    {"x-expires", 1000.0, 406},
    {"x-message-ttl", 0},
    {"x-message-ttl", std::int8_t{100}},
    {"x-message-ttl", LongLongInt{ten_years}},
    {"x-message-ttl", -1, 406},
    {"x-message-ttl", std::int64_t{ten_years + 1}, 406},
    {"x-message-ttl", true, 406},
    {"x-max-length", 0},
    {"x-max-length", std::uint32_t{4'000'000'000}},
    {"x-max-length", -1, 406},
    {"x-max-length", "10", 406},
    {"x-max-length", Void{}, 406},
    {"x-max-length-bytes", 0},
    {"x-max-length-bytes", -5, 406},
    {"x-max-length-bytes", 1.5F, 406},
    {"x-max-priority", 1},
    {"x-max-priority", 255},
    {"x-max-priority", 256, 406},
    {"x-max-priority", -1, 406},
    {"x-max-priority", "9", 406},
    {"x-overflow", "drop-head"},
    {"x-overflow", "reject-publish"},
    {"x-overflow", "drop-tail", 406},
    {"x-overflow", 1, 406},
    {"x-dead-letter-exchange", ""},
    {"x-dead-letter-exchange", "need-not-exist"},
    {"x-dead-letter-exchange", 1, 406},
    {"x-dead-letter-routing-key", "k"},
    {"x-dead-letter-routing-key", 5, 406},
    {"x-dead-letter-strategy", "at-most-once"},
    {"x-dead-letter-strategy", "at-least-once"},
    {"x-dead-letter-strategy", "twice", 406},
    {"x-single-active-consumer", true},
    {"x-single-active-consumer", false},
    {"x-single-active-consumer", "true", 406},
    {"x-single-active-consumer", 1, 406},
    {"x-queue-leader-locator", "client-local"},
    {"x-queue-leader-locator", "balanced"},
    {"x-queue-leader-locator", "anywhere", 406},
    {"x-delivery-limit", 20},
    {"x-delivery-limit", -1},
    {"x-delivery-limit", "20", 406},
    {"x-delayed-retry-type", "disabled"},
    {"x-delayed-retry-type", "all", 406},  // how long to wait is missing
    {"x-delayed-retry-type", "some", 406},
    {"x-delayed-retry-min", 100},
    {"x-delayed-retry-max", "long", 406},
    {"x-consumer-timeout", 60'000},
    {"x-consumer-timeout", "soon", 406},
    {"x-quorum-initial-group-size", 3},
    {"x-quorum-initial-group-size", "three", 406},
    {"x-initial-cluster-size", 3},
    {"x-max-in-memory-length", 10},
    {"x-max-in-memory-length", -10, 406},
    {"x-max-in-memory-bytes", 10},
    // Of RabbitMQ's past, and without effect
    {"x-queue-mode", "lazy"},
    {"x-queue-version", 1},
    {"x-queue-master-locator", "min-masters"},
    {"ha-mode", "all"},
    // Only streams know these
    {"x-max-age", "1D", 406},
    {"x-stream-max-segment-size-bytes", 1000, 406},
    {"x-stream-filter-size-bytes", 32, 406},
    // Nobody knows these
    {"x-whatever", 5},
    {"whatever", FieldTable{{"a", FieldArray{{1, 2}}}}},
};

}  // namespace

TEST_CASE("each known argument of a queue is checked, the unknown ones are kept",
          "[queue.declare][arguments]") {
    for (const char* type : {"", "classic", "quorum"}) {
        for (const Row& row : rows) {
            Declaring declaring;
            INFO(type << " queue, " << row.name << " = " << render(row.value) << " ("
                      << type_letter(row.value) << ")");
            CHECK(declaring.declare(type, row.name, row.value) == row.code);
            CHECK(declaring.broker.vhost().queue_count() == (row.code == 0 ? 1 : 0));
        }
    }
}

TEST_CASE("the type of a queue", "[queue.declare][arguments]") {
    const auto declare = [](const FieldValue& type) {
        Declaring declaring;
        const Arguments arguments{{"x-queue-type", type}};
        declaring.channel.send(
            queue::Declare{.queue = "q", .durable = true, .arguments = arguments});
        if (declaring.channel.connection().output().next_is(declaring.channel.number(),
                                                            channel::Close::id)) {
            return declaring.channel.next<channel::Close>().reply_text.str();
        }
        (void)declaring.channel.next<queue::DeclareOk>();
        return std::string();
    };

    CHECK(declare("classic").empty());
    CHECK(declare("quorum").empty());
    CHECK(declare("").empty());
    CHECK(declare("undefined").empty());
    CHECK(declare("stream") == "PRECONDITION_FAILED - unsupported queue type 'stream'");
    CHECK(declare("rope") == "PRECONDITION_FAILED - unsupported queue type 'rope'");
    CHECK(declare(5).find("PRECONDITION_FAILED") == 0);
}

TEST_CASE("a quorum queue is durable, shared, lasting, and has a name",
          "[queue.declare][arguments][quorum]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    const Arguments quorum{{"x-queue-type", "quorum"}};
    queue::Declare declare{.queue = "q", .durable = true, .arguments = quorum};

    SECTION("transient") { declare.durable = false; }
    SECTION("exclusive") { declare.exclusive = true; }
    SECTION("auto-delete") { declare.auto_delete = true; }
    SECTION("without a name") { declare.queue = ""; }
    channel.send(declare);

    CHECK(channel.next<channel::Close>().reply_code == 406);
    CHECK(broker.vhost().queue_count() == 0);
}

TEST_CASE("a dead letter routing key needs a dead letter exchange", "[queue.declare][arguments]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();

    channel.send(
        queue::Declare{.queue = "q", .arguments = Arguments{{"x-dead-letter-routing-key", "k"}}});

    CHECK(channel.next<channel::Close>().reply_code == 406);
}

TEST_CASE("an argument that a redeclaration must repeat", "[queue.declare][arguments]") {
    struct Pair {
        std::string name;
        FieldValue declared;
        FieldValue redeclared;
        bool equivalent;
    };
    const Pair pair =
        GENERATE(Pair{"x-max-length", 10, 10, true},
                 Pair{"x-max-length", 10, std::int64_t{10}, true},  // by value, whatever the width
                 Pair{"x-max-length", std::uint8_t{10}, LongLongInt{10}, true},
                 Pair{"x-max-length", 10, 11, false},
                 Pair{"x-overflow", "drop-head", "reject-publish", false},
                 Pair{"x-single-active-consumer", true, false, false},
                 Pair{"x-dead-letter-exchange", "a", "a", true},
                 Pair{"x-dead-letter-exchange", "a", "b", false},
                 Pair{"x-queue-type", "classic", "quorum", false}, Pair{"x-whatever", 1, 2, true},
                 Pair{"ha-mode", "all", "exactly", true});
    INFO(pair.name);
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    channel.queue_declare(
        {.queue = "q", .durable = true, .arguments = Arguments{{pair.name, pair.declared}}});

    channel.send(queue::Declare{
        .queue = "q", .durable = true, .arguments = Arguments{{pair.name, pair.redeclared}}});

    if (pair.equivalent) {
        CHECK(channel.next<queue::DeclareOk>().queue == "q");
    } else {
        const auto close = channel.next<channel::Close>();
        CHECK(close.reply_code == 406);
        const std::string start = "PRECONDITION_FAILED - inequivalent arg '" + pair.name +
                                  "' for queue 'q' in vhost '/': received ";
        CHECK(close.reply_text.text.substr(0, start.size()) == start);
    }
}

TEST_CASE("an argument that comes or goes in a redeclaration", "[queue.declare][arguments]") {
    TestBroker broker;
    auto channel = broker.connect().open_channel();
    const Arguments limited{{"x-max-length", 10}};
    const Arguments unknown{{"x-whatever", 10}};
    const Arguments classic{{"x-queue-type", "classic"}};

    SECTION("a known one is missed") {
        channel.queue_declare({.queue = "q", .arguments = limited});
        channel.send(queue::Declare{.queue = "q"});
        CHECK(channel.next<channel::Close>().reply_code == 406);
    }
    SECTION("a known one is too much") {
        channel.queue_declare({.queue = "q"});
        channel.send(queue::Declare{.queue = "q", .arguments = limited});
        CHECK(channel.next<channel::Close>().reply_code == 406);
    }
    SECTION("an unknown one may come") {
        channel.queue_declare({.queue = "q"});
        channel.queue_declare({.queue = "q", .arguments = unknown});
    }
    SECTION("an unknown one may go") {
        channel.queue_declare({.queue = "q", .arguments = unknown});
        channel.queue_declare({.queue = "q"});
    }
    SECTION("no type is the classic one") {
        channel.queue_declare({.queue = "q"});
        channel.queue_declare({.queue = "q", .arguments = classic});
    }
}
