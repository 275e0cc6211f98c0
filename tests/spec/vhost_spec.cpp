// Vhosts: made, changed and deleted, also under traffic; and what limits connections and channels.
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"
#include "tests/support/test_inspector.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace leveret::broker::insight;
namespace users = leveret::broker::access;
using Declared = Inspector::Declared;
using leveret::broker::QueueType;

namespace {

const Login to_shop{.vhost = "shop"};

/// A broker with the vhost shop, which guest made.
struct World {
    TestBroker broker;
    TestInspector inspector{broker};

    World() { REQUIRE(put({.name = "shop", .user = "guest"}).ok()); }

    Result<Declared> put(PutVhost request) {
        return inspector.ask<Result<Declared>>([&](Inspector& i, Then<Result<Declared>> then) {
            i.put(std::move(request), std::move(then));
        });
    }
    Result<Done> remove(const std::string& name) {
        return inspector.ask<Result<Done>>([&](Inspector& i, Then<Result<Done>> then) {
            i.remove(DeleteVhost{.name = name}, std::move(then));
        });
    }
    Result<Done> limit_guest(const std::string& limit, std::int64_t value) {
        return inspector.ask<Result<Done>>([&](Inspector& i, Then<Result<Done>> then) {
            i.set(SetUserLimit{.name = "guest", .limit = limit, .value = value}, std::move(then));
        });
    }
    TestConnection refused(const Login& login) {
        TestConnection connection = broker.accept();
        (void)connection.log_in_until_tune(login);
        connection.send(connection::TuneOk{.channel_max = 2047, .frame_max = 131072});
        connection.send(connection::Open{.virtual_host = login.vhost});
        return connection;
    }
};

}  // namespace

TEST_CASE("whoever makes a vhost may do everything in it", "[vhost]") {
    World world;
    auto channel = world.broker.connect(to_shop).open_channel();
    world.broker.expect_unknown_queues();
    channel.queue_declare({.queue = "q"});
    channel.publish_to("q", "m");
    CHECK(channel.get("q", true).message_count == 0);
}

TEST_CASE("vhosts know nothing of each other", "[vhost]") {
    World world;
    world.broker.expect_unknown_queues();
    auto here = world.broker.connect().open_channel();
    auto there = world.broker.connect(to_shop).open_channel();
    here.queue_declare({.queue = "q"});
    there.queue_declare({.queue = "q"});
    here.publish_to("q", "here");
    CHECK(there.get_is_empty("q"));
    CHECK(here.get("q", true).body() == "here");
}

TEST_CASE("a vhost that is changed keeps what is not given", "[vhost]") {
    World world;
    world.put({.name = "shop", .description = "Orders", .default_queue_type = "quorum"});
    CHECK(*world.put({.name = "shop", .tags = std::vector<std::string>{"x"}}) == Declared::stood);
    const auto& metadata = world.broker.core().find_vhost("shop")->metadata();
    CHECK(metadata.description == "Orders");
    CHECK(metadata.default_queue_type == "quorum");
    CHECK(metadata.tags == std::vector<std::string>{"x"});
    CHECK_THAT(world.put({.name = "shop", .default_queue_type = "odd"}).refusal().text,
               Catch::Contains("unknown default_queue_type 'odd'"));
    CHECK_FALSE(world.put({.name = ""}).ok());
}

TEST_CASE("a queue that names no type is of the vhost's default type, where it can be",
          "[vhost][queue.declare]") {
    World world;
    world.broker.expect_unknown_queues();
    world.put({.name = "shop", .default_queue_type = "quorum"});
    auto channel = world.broker.connect(to_shop).open_channel();
    channel.queue_declare({.queue = "durable", .durable = true});
    channel.queue_declare({.queue = "durable", .durable = true});
    channel.queue_declare({.queue = "exclusive", .durable = true, .exclusive = true});
    channel.queue_declare({.queue = "classic",
                           .durable = true,
                           .arguments = Arguments{{"x-queue-type", std::string("classic")}}});
    const auto type = [&](const char* name) {
        leveret::broker::Vhost& shop = *world.broker.core().find_vhost("shop");
        return shop.find_named_queue(name)->properties().arguments.type();
    };
    CHECK(type("durable") == QueueType::quorum);
    CHECK(type("exclusive") == QueueType::classic);
    CHECK(type("classic") == QueueType::classic);
}

TEST_CASE("a vhost is deleted under traffic: its clients are told, and nothing of it is left",
          "[vhost]") {
    World world;
    world.broker.expect_unknown_queues();
    const auto before = world.broker.store().definitions().size();
    std::vector<TestConnection> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(world.broker.connect(to_shop));
        auto channel = clients.back().open_channel();
        channel.confirm_select();
        channel.queue_declare({.queue = "q", .durable = true});
        channel.queue_declare({.queue = "mine" + std::to_string(i), .exclusive = true});
        channel.exchange_declare({.exchange = "x", .type = "topic", .durable = true});
        channel.queue_bind({.queue = "q", .exchange = "x", .routing_key = "#"});
        channel.consume({.queue = "q"});
        for (int n = 0; n < 3; ++n) {
            channel.publish({.exchange = "x", .routing_key = "k"}, "m", persistent());
        }
    }
    auto elsewhere = world.broker.connect();
    const auto queue = world.broker.core().find_vhost("shop")->find_named_queue("q")->id();
    CHECK(world.broker.store().entries(queue) != 0);

    REQUIRE(world.remove("shop").ok());

    for (TestConnection& client : clients) {
        auto& output = client.output();
        while (!output.next_is(ChannelNumber{0}, connection::Close::id)) {
            REQUIRE(output.waiting(ChannelNumber{1}) != 0);
            break;
        }
        CHECK(client.closed_with(320, "CONNECTION_FORCED - vhost 'shop' is deleted"));
        client.send(connection::CloseOk{});
        CHECK(client.ended());
    }
    CHECK(elsewhere.silent());
    CHECK(world.broker.store().entries(queue) == 0);
    CHECK(world.broker.core().find_vhost("shop") == nullptr);
    CHECK(world.broker.core().access().find_grants("guest", "shop") == nullptr);
    // What is left are the default vhost, guest and its permission.
    CHECK(world.broker.store().definitions().size() == before - 2);
    world.broker.advance(std::chrono::seconds(2));
    auto late = world.refused(to_shop);
    CHECK(late.closed_with(530, "NOT_ALLOWED - vhost shop not found"));

    REQUIRE(world.put({.name = "shop", .user = "guest"}).ok());
    auto channel = world.broker.connect(to_shop).open_channel();
    channel.send(queue::Declare{.queue = "q", .passive = true});
    CHECK(channel.closed_with(404, "NOT_FOUND - no queue 'q' in vhost 'shop'"));
}

TEST_CASE("a protected vhost is not deleted", "[vhost]") {
    World world;
    world.put({.name = "shop", .protected_from_deletion = true});
    CHECK(world.remove("shop").refusal().text ==
          "PRECONDITION_FAILED - Refusing to delete virtual host 'shop' because it is protected "
          "from deletion");
    world.put({.name = "shop", .protected_from_deletion = false});
    CHECK(world.remove("shop").ok());
    CHECK(world.remove("shop").refusal().text == "NOT_FOUND - no vhost 'shop'");
}

TEST_CASE("a user has no more connections than its limit", "[limits]") {
    World world;
    REQUIRE(world.limit_guest("max-connections", 1).ok());
    auto first = world.broker.connect();
    auto second = world.refused({});
    CHECK(second.closed_with(530,
                             "NOT_ALLOWED - connection refused for user 'guest': user connection "
                             "limit (1) is reached"));
    first.close();
    (void)world.broker.connect();
    REQUIRE(world.limit_guest("max-connections", -1).ok());
    (void)world.broker.connect();
}

TEST_CASE("a user has no more channels than its limit, on all connections together", "[limits]") {
    World world;
    REQUIRE(world.limit_guest("max-channels", 2).ok());
    auto first = world.broker.connect();
    auto second = world.broker.connect();
    auto channel = first.open_channel();
    (void)second.open_channel();
    second.send(ChannelNumber{2}, channel::Open{});
    CHECK(second.closed_with(530,
                             "NOT_ALLOWED - number of channels opened for user 'guest' has "
                             "reached the maximum allowed user limit of (2)"));
    channel.close();
    (void)first.open_channel();
}

TEST_CASE("an unknown limit of a user is refused", "[limits]") {
    World world;
    CHECK_THAT(world.limit_guest("max-hares", 1).refusal().text,
               Catch::Contains("Unrecognised terms"));
}

TEST_CASE("the node has no more connections than its limit", "[limits]") {
    auto config = TestBroker::default_config();
    config.limits.max_connections = 1;
    TestBroker broker(config);
    (void)broker.connect();
    auto refused = broker.accept();
    (void)refused.log_in_until_tune();
    refused.send(connection::TuneOk{.channel_max = 2047, .frame_max = 131072});
    refused.send(connection::Open{.virtual_host = "/"});
    CHECK(refused.closed_with(530,
                              "NOT_ALLOWED - access to vhost '/' refused for user 'guest': node "
                              "connection limit (1) is reached"));
}
