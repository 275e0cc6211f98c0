// Random declares, binds, unbinds and deletes; after each, a route is compared with a naive
// model's.

#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "routing/router.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/routing/naive_topic.hpp"
#include "tests/unit/routing/routing_world.hpp"

namespace leveret::routing {

using namespace std::string_literals;

namespace {

/// Names that start with 'x' are exchanges, others queues.
class Model {
public:
    struct ExchangeModel {
        std::string type, alternate;
    };
    using BindingModel = std::tuple<std::string, std::string, std::string>;  // from, to, key

    std::map<std::string, ExchangeModel> exchanges;
    std::set<std::string> queues;
    std::set<BindingModel> bindings;

    void forget_bindings_of(const std::string& name) {
        std::erase_if(bindings, [&](const auto& b) {
            return std::get<0>(b) == name || std::get<1>(b) == name;
        });
    }

    [[nodiscard]] Names route(const std::string& start, const std::string& key,
                              const std::string& more) const {
        std::set<std::string> seen{start}, found;
        std::vector<std::string> waiting{start};
        const auto reach = [&](const std::string& name) {
            if (name[0] != 'x') {
                found.insert(name);
            } else if (exchanges.contains(name) && seen.insert(name).second) {
                waiting.push_back(name);
            }
        };
        while (!waiting.empty()) {
            const std::string at = waiting.back();
            waiting.pop_back();
            bool matched = false;
            for (const auto& [from, to, pattern] : bindings) {
                if (from != at) continue;
                if (!matches(exchanges.at(at).type, pattern, key) &&
                    !matches(exchanges.at(at).type, pattern, more)) {
                    continue;
                }
                matched = true;
                reach(to);
            }
            const std::string& alternate = exchanges.at(at).alternate;
            if (!matched && !alternate.empty()) reach(alternate);
        }
        return {found.begin(), found.end()};
    }

private:
    static bool matches(const std::string& type, const std::string& pattern,
                        const std::string& key) {
        if (type == "direct") return pattern == key;
        if (type == "topic") return naive_topic_match(pattern, key);
        return true;  // fanout; headers without arguments
    }
};

}  // namespace

TEST_CASE("routes agree with a naive model while exchanges, queues and bindings come and go",
          "[routing][model]") {
    const auto seed = random_test_seed();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](const auto& from) -> const auto& {
        return from[std::uniform_int_distribution<std::size_t>(0, from.size() - 1)(random)];
    };
    const std::array exchange_names{"x1"s, "x2"s, "x3"s, "x4"s, "x5"s};
    const std::array queue_names{"q1"s, "q2"s, "q3"s, "q4"s};
    const std::array types{"direct"s, "fanout"s, "topic"s, "topic"s, "headers"s};
    const std::array alternates{""s, "x1"s, "x2"s, "x3"s};
    const std::array patterns{"a"s, "b"s, "a.b"s, "*"s, "#"s, "a.#"s, "*.b"s, "#.b"s};
    const std::array keys{"a"s, "b"s, "a.b"s, "b.b"s, "c"s};
    const std::array operations{"bind"s,  "bind"s,   "bind"s,         "bind"s,
                                "bind"s,  "unbind"s, "queue"s,        "drop queue"s,
                                "empty"s, "rebind"s, "drop exchange"s};

    RoutingWorld world;
    Model model;
    const auto declare_exchange = [&](const std::string& name) {
        if (model.exchanges.contains(name)) return;
        const auto& type = pick(types);
        const auto& alternate = pick(alternates);
        FieldTable arguments;
        if (!alternate.empty()) arguments.append("alternate-exchange", alternate);
        world.exchange(name, type, arguments);
        model.exchanges[name] = {type, alternate};
    };
    const auto declare_queue = [&](const std::string& name) {
        if (model.queues.insert(name).second) world.queue(name);
    };
    const auto destination = [&](const std::string& name) -> Destination& {
        if (name[0] == 'x') return *world.find_exchange(name);
        return *world.find_queue(name);
    };

    for (int step = 0; step < 4000; ++step) {
        const auto& operation = pick(operations);
        const auto& source = pick(exchange_names);
        const auto& queue = pick(queue_names);
        const std::string to = random() % 3 == 0 ? pick(exchange_names) : queue;
        const auto& pattern = pick(patterns);
        CAPTURE(step, operation, source, to, pattern);
        declare_exchange(source);
        if (to[0] == 'x') declare_exchange(to);
        declare_queue(queue);
        Exchange& exchange = *world.find_exchange(source);
        const Model::BindingModel binding{source, to, pattern};
        if (operation == "bind") {
            REQUIRE(exchange.bind(destination(to), pattern, {}) ==
                    model.bindings.insert(binding).second);
        } else if (operation == "unbind") {
            REQUIRE(exchange.unbind(destination(to), pattern, {}) ==
                    (model.bindings.erase(binding) == 1));
        } else if (operation == "drop queue") {
            world.drop_queue(queue);
            model.queues.erase(queue);
            model.forget_bindings_of(queue);
        } else if (operation == "drop exchange") {
            world.drop_exchange(source);
            model.exchanges.erase(source);
            model.forget_bindings_of(source);
        } else if (operation == "empty") {
            exchange.unbind_outgoing();
            std::erase_if(model.bindings, [&](const auto& b) { return std::get<0>(b) == source; });
        } else if (operation == "rebind") {
            static_cast<void>(destination(to).unbind_incoming());
            std::erase_if(model.bindings, [&](const auto& b) { return std::get<1>(b) == to; });
        }

        std::size_t bindings = 0;
        for (const auto& [name, unused] : model.exchanges) {
            bindings += world.find_exchange(name)->binding_count();
        }
        REQUIRE(bindings == model.bindings.size());
        const auto& start = pick(exchange_names);
        if (!model.exchanges.contains(start)) continue;
        const auto& key = pick(keys);
        const auto& more = pick(keys);
        CAPTURE(start, key, more);
        REQUIRE(world.route(*world.find_exchange(start), key, {more}) ==
                model.route(start, key, more));
    }
}

}  // namespace leveret::routing
