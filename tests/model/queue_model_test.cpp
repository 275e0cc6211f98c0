// Random operations of several clients on a few queues, beside a model of the queues: a list of
// messages each. What is delivered, and in which order, follows from the model alone.
//
// To see a failing run again: unit-tests "[model]" --rng-seed <the seed it printed>
#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;

namespace {

const std::vector<std::string> queue_names{"a", "b", "c"};
constexpr std::size_t client_count = 3;
constexpr int steps = 1500;

/// A message as the model sees it.
struct Message {
    int number;  ///< also its body, and its place in its queue
    bool redelivered = false;
    bool stored = false;
};

struct Unacked {
    std::string queue;
    Message message;
};

struct ModelConsumer {
    std::string queue;
    bool no_ack;
    std::size_t prefetch;  ///< 0: no limit
    std::size_t unacked = 0;
};

/// A channel of a client, and what the model holds for it.
struct Client {
    std::optional<TestChannel> channel;
    std::uint64_t last_tag = 0;
    std::map<std::uint64_t, Unacked> unacked;
    std::map<std::uint64_t, std::string> consumer_of;  ///< which consumer got a tag; none: get
    std::map<std::string, ModelConsumer> consumers;
    std::size_t prefetch = 0;  ///< of consumers to come
    int last_consumer = 0;
};

class World {
public:
    explicit World(unsigned seed) : random_(seed) {
        auto setup = broker_.connect().open_channel();
        for (const std::string& name : queue_names) {
            setup.queue_declare({.queue = name, .durable = true});
        }
        for (Client& client : clients_) reconnect(client);
    }

    void step() {
        Client& client = clients_[below(client_count)];
        switch (below(22)) {
            case 0:
            case 1:
            case 2:
            case 3:
            case 4:
            case 5:
                publish(client);
                break;
            case 6:
            case 7:
                get(client);
                break;
            case 8:
            case 9:
            case 10:
                settle(client, Ending::ack);
                break;
            case 11:
            case 12:
                settle(client, Ending::requeue);
                break;
            case 13:
                settle(client, Ending::reject);
                break;
            case 14:
            case 15:
            case 16:
                consume(client);
                break;
            case 17:
                cancel(client);
                break;
            case 18:
                recover(client);
                break;
            case 19:
                if (below(4) == 0) purge(client);
                break;
            case 20:
                if (below(2) == 0) close(client);
                break;
            default:
                client.prefetch = below(4);
                (void)client.channel->qos(
                    {.prefetch_count = static_cast<std::uint16_t>(client.prefetch)});
        }
        take_deliveries();
        compare();
    }

private:
    enum class Ending { ack, reject, requeue };

    unsigned below(std::size_t limit) {
        return std::uniform_int_distribution<unsigned>(0,
                                                       static_cast<unsigned>(limit) - 1)(random_);
    }
    const std::string& any_queue() { return queue_names[below(queue_names.size())]; }

    void reconnect(Client& client) {
        client = Client{};
        client.channel = broker_.connect().open_channel();
    }

    void publish(Client& client) {
        const std::string& queue = any_queue();
        const bool stored = below(2) == 0;
        const int number = ++last_number_;
        client.channel->publish({.routing_key = queue}, std::to_string(number),
                                stored ? persistent() : BasicProperties{});
        queues_[queue].push_back({number, false, stored});
    }

    void get(Client& client) {
        const std::string& queue = any_queue();
        const bool no_ack = below(3) == 0;
        auto& ready = queues_[queue];
        if (ready.empty()) {
            REQUIRE(client.channel->get_is_empty(queue));
            return;
        }
        const auto got = client.channel->get(queue, no_ack);
        const Message message = ready.front();
        ready.erase(ready.begin());
        REQUIRE(got.body() == std::to_string(message.number));
        REQUIRE(got.redelivered == message.redelivered);
        REQUIRE(got.message_count == ready.size());
        REQUIRE(got.delivery_tag == DeliveryTag{++client.last_tag});
        if (!no_ack) client.unacked[client.last_tag] = {queue, message};
    }

    /// Settles a tag in the model.
    void end(Client& client, std::uint64_t tag, Ending ending) {
        const auto place = client.unacked.find(tag);
        if (const auto owner = client.consumer_of.find(tag); owner != client.consumer_of.end()) {
            const auto consumer = client.consumers.find(owner->second);
            if (consumer != client.consumers.end()) --consumer->second.unacked;
            client.consumer_of.erase(owner);
        }
        if (ending == Ending::requeue) put_back(place->second);
        client.unacked.erase(place);
    }

    void put_back(const Unacked& unacked) {
        auto& ready = queues_[unacked.queue];
        Message message = unacked.message;
        message.redelivered = true;
        const auto place = std::find_if(ready.begin(), ready.end(), [&](const Message& other) {
            return other.number > message.number;
        });
        ready.insert(place, message);
    }

    void settle(Client& client, Ending ending) {
        if (client.unacked.empty()) return;
        auto place = client.unacked.begin();
        std::advance(place, below(client.unacked.size()));
        const std::uint64_t tag = place->first;
        const bool multiple = below(3) == 0;
        const bool all = multiple && below(3) == 0;
        const std::uint64_t sent = all ? 0 : tag;
        std::vector<std::uint64_t> tags;
        for (const auto& [other, unacked] : client.unacked) {
            if (all || other == tag || (multiple && other < tag)) tags.push_back(other);
        }
        for (const std::uint64_t one : tags) end(client, one, ending);
        if (ending == Ending::ack) {
            client.channel->ack(sent, multiple);
        } else if (!multiple && below(2) == 0) {
            client.channel->reject(sent, ending == Ending::requeue);
        } else {
            client.channel->nack(sent, multiple, ending == Ending::requeue);
        }
    }

    void consume(Client& client) {
        const std::string& queue = any_queue();
        const std::string tag = "t" + std::to_string(++client.last_consumer);
        const bool no_ack = below(3) == 0;
        client.consumers[tag] = {queue, no_ack, no_ack ? 0 : client.prefetch};
        (void)client.channel->consume({.queue = queue, .consumer_tag = tag, .no_ack = no_ack});
    }

    void cancel(Client& client) {
        if (client.consumers.empty()) return;
        auto place = client.consumers.begin();
        std::advance(place, below(client.consumers.size()));
        (void)client.channel->cancel(place->first);
        client.consumers.erase(place);
    }

    void requeue_all(Client& client) {
        while (!client.unacked.empty()) {
            end(client, client.unacked.begin()->first, Ending::requeue);
        }
    }

    void recover(Client& client) {
        requeue_all(client);
        (void)client.channel->call<basic::RecoverOk>(basic::Recover{.requeue = true});
    }

    void purge(Client& client) {
        const std::string& queue = any_queue();
        REQUIRE(client.channel->queue_purge(queue).message_count == queues_[queue].size());
        queues_[queue].clear();
    }

    void close(Client& client) {
        requeue_all(client);
        client.consumers.clear();
        switch (below(3)) {
            case 0: {
                (void)client.channel->close();
                (void)client.channel->open();
                const auto channel = client.channel;
                client = Client{};
                client.channel = channel;
                break;
            }
            case 1:
                client.channel->connection().close();
                reconnect(client);
                break;
            default:
                client.channel->connection().lose();
                reconnect(client);
        }
    }

    /// Every delivery must be of the first message of its queue, to a consumer with credit.
    /// Deliveries of one queue to several clients are put in order by their numbers: each must
    /// begin where the model's queue begins.
    void take_deliveries() {
        struct Came {
            Client* client;
            std::string tag;
            std::uint64_t delivery_tag;
            int number;
            bool redelivered;
        };
        std::map<std::string, std::vector<Came>> by_queue;
        for (Client& client : clients_) {
            auto& output = client.channel->connection().output();
            while (output.next_is(client.channel->number(), basic::Deliver::id)) {
                const auto delivery = client.channel->next_delivery();
                const std::string tag = delivery.consumer_tag.str();
                REQUIRE(client.consumers.contains(tag));
                REQUIRE(delivery.delivery_tag == DeliveryTag{++client.last_tag});
                by_queue[client.consumers[tag].queue].push_back(
                    {&client, tag, client.last_tag, std::stoi(std::string(delivery.body())),
                     delivery.redelivered});
            }
            REQUIRE(client.channel->silent());
        }
        for (auto& [queue, all] : by_queue) {
            std::sort(all.begin(), all.end(),
                      [](const Came& x, const Came& y) { return x.number < y.number; });
            auto& ready = queues_[queue];
            for (const Came& came : all) {
                REQUIRE(!ready.empty());
                const Message message = ready.front();
                ready.erase(ready.begin());
                REQUIRE(came.number == message.number);
                REQUIRE(came.redelivered == message.redelivered);
                ModelConsumer& consumer = came.client->consumers[came.tag];
                if (consumer.no_ack) continue;
                ++consumer.unacked;
                REQUIRE((consumer.prefetch == 0 || consumer.unacked <= consumer.prefetch));
                came.client->unacked[came.delivery_tag] = {queue, message};
                came.client->consumer_of[came.delivery_tag] = came.tag;
            }
        }
    }

    void compare() {
        for (const std::string& name : queue_names) {
            const auto& queue = broker_.queue(name);
            const auto& ready = queues_[name];
            REQUIRE(queue.ready_count() == ready.size());
            std::size_t octets = 0;
            std::size_t entries = 0;
            for (const Message& message : ready) {
                octets += std::to_string(message.number).size();
                entries += message.stored ? 1 : 0;
            }
            REQUIRE(queue.ready_octets() == octets);
            std::size_t consumers = 0;
            for (const Client& client : clients_) {
                for (const auto& [tag, unacked] : client.unacked) {
                    entries += unacked.queue == name && unacked.message.stored ? 1 : 0;
                }
                for (const auto& [tag, consumer] : client.consumers) {
                    if (consumer.queue != name) continue;
                    ++consumers;
                    // Nothing may lie in a queue while a consumer of it has credit.
                    const bool credit =
                        consumer.prefetch == 0 || consumer.unacked < consumer.prefetch;
                    REQUIRE((ready.empty() || !credit));
                }
            }
            REQUIRE(queue.consumer_count() == consumers);
            REQUIRE(broker_.store().entries(queue.id()) == entries);
        }
    }

    std::mt19937 random_;
    TestBroker broker_;
    std::vector<Client> clients_{client_count};
    std::map<std::string, std::vector<Message>> queues_;
    int last_number_ = 0;
};

}  // namespace

TEST_CASE("random operations leave the queues as a naive model says", "[model]") {
    const auto seed = Catch::rngSeed();
    INFO("--rng-seed " << seed);
    World world(seed);
    for (int step = 0; step < steps; ++step) {
        INFO("step " << step);
        world.step();
    }
}
