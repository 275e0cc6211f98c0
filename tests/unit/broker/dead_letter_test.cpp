// What is written on dead letters, and when they are cut.
#include "broker/dead_letter.hpp"

#include <string>

#include "broker/rewrite.hpp"
#include "protocol/amqp/properties.hpp"
#include "tests/support/catch.hpp"

using namespace leveret::broker;
using namespace leveret::protocol::amqp;
using namespace std::chrono_literals;

namespace {

const UnixTime first_time{std::chrono::seconds{1'000'000}};

MessagePtr original() {
    static const std::string headers =
        FieldTable{{"CC", FieldArray{{std::string("copy")}}}, {"mine", 1}}.encoded();
    BasicProperties properties;
    properties.set(property::headers, &BasicProperties::headers, headers)
        .set(property::expiration, &BasicProperties::expiration, "60000")
        .set(property::delivery_mode, &BasicProperties::delivery_mode, 2);
    return Message::make("orders", "key", properties, "body");
}

DeadLetter die(const MessagePtr& message, std::string_view queue, DeathReason reason,
               bool died_before = false, UnixTime time = first_time) {
    return DeadLetter(*message,
                      {.queue = queue, .reason = reason, .time = time, .died_before = died_before},
                      "dlx", nullptr);
}

const FieldTable& death(const DeadLetter& letter, std::size_t index) {
    return std::get<FieldTable>(
        std::get<FieldArray>(*letter.headers().find("x-death")).values.at(index));
}

}  // namespace

TEST_CASE("the first death is written down whole", "[dead-letter]") {
    const DeadLetter letter = die(original(), "q", DeathReason::expired);
    CHECK(death(letter, 0) ==
          FieldTable{{"original-expiration", std::string("60000")},
                     {"count", std::int64_t{1}},
                     {"reason", std::string("expired")},
                     {"queue", std::string("q")},
                     {"time", Timestamp{1'000'000}},
                     {"exchange", std::string("orders")},
                     {"routing-keys", FieldArray{{std::string("key"), std::string("copy")}}}});
    for (const char* which : {"x-first-death-", "x-last-death-"}) {
        const std::string prefix = which;
        CHECK(*letter.headers().find(prefix + "reason") == FieldValue(std::string("expired")));
        CHECK(*letter.headers().find(prefix + "queue") == FieldValue(std::string("q")));
        CHECK(*letter.headers().find(prefix + "exchange") == FieldValue(std::string("orders")));
    }
    CHECK(*letter.headers().find("mine") == FieldValue(1));
    const Message& message = *letter.message();
    CHECK(message.exchange() == "dlx");
    CHECK(message.routing_key() == "key");
    CHECK_FALSE(message.properties().has(property::expiration));
    CHECK(message.persistent());
    CHECK(message.body() == "body");
    CHECK(headers_of(message) == letter.headers());
}

TEST_CASE("the same death again is counted and comes first; its time stays", "[dead-letter]") {
    const DeadLetter once = die(original(), "q", DeathReason::expired);
    const DeadLetter twice = die(once.message(), "other", DeathReason::rejected, true);
    const DeadLetter thrice =
        die(twice.message(), "q", DeathReason::expired, true, first_time + 1h);
    CHECK(*death(thrice, 0).find("queue") == FieldValue(std::string("q")));
    CHECK(*death(thrice, 0).find("count") == FieldValue(std::int64_t{2}));
    CHECK(*death(thrice, 0).find("time") == FieldValue(Timestamp{1'000'000}));
    CHECK(*death(thrice, 1).find("queue") == FieldValue(std::string("other")));
    CHECK(*thrice.headers().find("x-first-death-reason") == FieldValue(std::string("expired")));
    CHECK(*thrice.headers().find("x-last-death-queue") == FieldValue(std::string("q")));
    CHECK(*twice.headers().find("x-last-death-reason") == FieldValue(std::string("rejected")));
}

TEST_CASE("an x-death that a publisher wrote is replaced", "[dead-letter]") {
    const DeadLetter own = die(original(), "q", DeathReason::expired);
    const DeadLetter letter = die(own.message(), "q", DeathReason::expired, false);
    CHECK(*death(letter, 0).find("count") == FieldValue(std::int64_t{1}));
    CHECK(std::get<FieldArray>(*letter.headers().find("x-death")).values.size() == 1);
}

TEST_CASE("a key of the queue's own replaces key and CC", "[dead-letter]") {
    const std::string_view key = "dead";
    const DeadLetter letter(*original(), {.queue = "q", .time = first_time}, "dlx", &key);
    CHECK(letter.message()->routing_key() == "dead");
    CHECK_FALSE(letter.headers().contains("CC"));
}

TEST_CASE("a letter that came back by itself is cut, one that was rejected is not",
          "[dead-letter]") {
    const DeadLetter expired = die(original(), "q", DeathReason::expired);
    CHECK(expired.would_cycle("q"));
    CHECK_FALSE(expired.would_cycle("other"));

    const DeadLetter rejected = die(original(), "q", DeathReason::rejected);
    CHECK_FALSE(rejected.would_cycle("q"));

    const DeadLetter retry = die(rejected.message(), "wait", DeathReason::expired, true);
    CHECK_FALSE(retry.would_cycle("q"));
    CHECK(retry.would_cycle("wait"));

    const DeadLetter long_ago = die(expired.message(), "work", DeathReason::rejected, true);
    CHECK_FALSE(long_ago.would_cycle("q"));
}
