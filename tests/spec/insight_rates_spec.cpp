// Rates and the past: what readings of the counters make of them.
#include "broker/insight/history.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_inspector.hpp"

using namespace leveret::test;
using namespace leveret::broker;
using namespace leveret::broker::insight;
using namespace std::chrono_literals;

namespace {

QueueSnapshot queue(TestInspector& inspector, Samples samples = {}) {
    return *inspector.ask<Result<QueueSnapshot>>(
        [&](Inspector& i, auto then) { i.queue({"/", "q"}, samples, then); });
}

OverviewSnapshot overview(TestInspector& inspector, Samples samples = {}) {
    return inspector.ask<OverviewSnapshot>(
        [&](Inspector& i, auto then) { i.overview({}, samples, then); });
}

void publish(TestChannel& channel, int count) {
    for (int i = 0; i < count; ++i) channel.publish_to("q", "x");
}

}  // namespace

TEST_CASE("a rate is the mean of the last five seconds, and zero when nothing has moved since",
          "[insight][rates]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    inspector.advance(6s);
    CHECK(queue(inspector).messages.rates.publish == 0.0);

    publish(channel, 50);
    inspector.advance(5s);
    CHECK(queue(inspector).messages.rates.publish == Approx(10.0));
    CHECK(queue(inspector).lengths.rates.messages_ready == Approx(10.0));
    CHECK(overview(inspector).messages.rates.publish == Approx(10.0));

    (void)channel.queue_purge("q");
    inspector.advance(5s);
    CHECK(queue(inspector).messages.rates.publish == 0.0);
    CHECK(queue(inspector).lengths.rates.messages_ready == Approx(-10.0));
    inspector.advance(5s);
    CHECK(queue(inspector).lengths.rates.messages_ready == 0.0);
}

TEST_CASE("while somebody watches counters are read every second, and rates are as exact",
          "[insight][rates]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    inspector->watch();
    inspector.advance(10s);
    publish(channel, 20);
    inspector.advance(1s);
    CHECK(queue(inspector).messages.rates.publish == Approx(4.0));
    inspector.advance(4s);
    CHECK(queue(inspector).messages.rates.publish == Approx(4.0));
    inspector.advance(1s);
    CHECK(queue(inspector).messages.rates.publish == 0.0);
    inspector->unwatch();
    publish(channel, 20);
    inspector.advance(1s);
    CHECK(queue(inspector).messages.rates.publish == 0.0);
}

TEST_CASE("samples come newest first, every step, as the counts were then", "[insight][rates]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    inspector.advance(5s);
    for (int step = 1; step <= 4; ++step) {
        publish(channel, step);
        inspector.advance(5s);
    }
    const SampleRange range{15s, 5s};
    const QueueSnapshot found = queue(inspector, {.messages = range, .lengths = range});
    const Series& series = found.messages.series.publish;
    REQUIRE(series.samples.size() == 4);
    CHECK(series.samples[0].value == 10);
    CHECK(series.samples[1].value == 6);
    CHECK(series.samples[2].value == 3);
    CHECK(series.samples[3].value == 1);
    CHECK(series.samples[0].at - series.samples[1].at == 5s);
    CHECK(series.samples[0].at.time_since_epoch() % 5s == 0s);
    CHECK(series.avg == Approx(5.0));
    CHECK(series.avg_rate == Approx(9.0 / 15));
    CHECK(found.lengths.series.messages_ready.samples.size() == 4);
    CHECK(overview(inspector, {.messages = range}).messages.series.publish.samples.size() == 4);
    CHECK(queue(inspector).messages.series.publish.samples.empty());
}

TEST_CASE("what is older than the fine ring is told from the coarse one", "[insight][rates]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    inspector.advance(60s);
    publish(channel, 3);
    inspector.advance(1800s);
    publish(channel, 4);
    inspector.advance(60s);
    const Series series =
        queue(inspector, {.messages = SampleRange{1800s, 60s}}).messages.series.publish;
    REQUIRE(series.samples.size() >= 30);
    CHECK(series.samples.front().value == 7);
    CHECK(series.samples[2].value == 3);
    CHECK(series.samples.back().value == 3);
}

TEST_CASE("a queue that rests says since when", "[insight][rates]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    inspector.advance(5s);
    publish(channel, 1);
    inspector.advance(5s);
    CHECK(queue(inspector).idle_since == std::nullopt);
    inspector.advance(20s);
    const auto since = queue(inspector).idle_since;
    REQUIRE(since);
    CHECK(broker.clock().unix_now() - *since == 15s);
    publish(channel, 1);
    inspector.advance(5s);
    CHECK(queue(inspector).idle_since == std::nullopt);
}

TEST_CASE("the past keeps within its bound: what moves least loses it first", "[insight][rates]") {
    History history(40'000);
    const auto at = [](int reading) {
        return UnixTime(std::chrono::seconds(1'000'000 + 5 * reading));
    };
    const auto key = [](std::uint64_t id) { return ObjectKey{ObjectKind::queue, id}; };
    history.begin(at(0), false);
    history.end();
    for (std::uint64_t reading = 1; reading <= 20; ++reading) {
        history.begin(at(static_cast<int>(reading)), false);
        for (std::uint64_t id = 1; id <= 50; ++id) {
            // The first ones move with every reading, the others have stopped.
            if (id <= 5 || reading == 1) history.add(key(id), Row().add(reading * id));
        }
        history.end();
        CHECK(history.octets() <= 40'000);
    }
    const SampleRange range{20s, 5s};
    Series busy;
    history.add_samples(key(5), 0, range, busy);
    CHECK(busy.samples.size() == 5);
    CHECK(busy.samples.front().value == 100);
    Series idle;
    history.add_samples(key(40), 0, range, idle);
    CHECK(idle.samples.empty());
    CHECK(history.rate(key(5), 0) == Approx(1.0));
}

TEST_CASE("what is deleted has no past, and a new queue of the same name begins at zero",
          "[insight][rates]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    publish(channel, 50);
    inspector.advance(10s);
    channel.queue_delete({.queue = "q"});
    channel.queue_declare({.queue = "q"});
    CHECK(queue(inspector).messages.rates.publish == 0.0);
    CHECK(queue(inspector, {.messages = SampleRange{10s, 5s}})
              .messages.series.publish.samples.empty());
}
