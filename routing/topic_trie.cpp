#include "routing/topic_trie.hpp"

#include <utility>

#include "protocol/assert.hpp"
#include "routing/route.hpp"

namespace leveret::routing {

namespace {

/// Calls `take` with each word of a key.
template <class Take>
void for_each_word(std::string_view key, Take&& take) {
    if (key.empty()) return;
    for (;;) {
        const std::size_t dot = key.find('.');
        take(key.substr(0, dot));
        if (dot == std::string_view::npos) return;
        key.remove_prefix(dot + 1);
    }
}

void add_all(SameKeyBindings& bindings, MatchSink& sink) {
    for (Binding& binding : bindings) sink.add(binding);
}

}  // namespace

struct TopicTrie::Node {
    Children words;
    std::unique_ptr<Node> star;  ///< the word '*'
    std::unique_ptr<Node> hash;  ///< the word '#'
    SameKeyBindings bindings;    ///< whose key ends here
    std::uint64_t entered = 0;   ///< '#' nodes only: the match that was here last

    [[nodiscard]] bool has_children() const { return !words.empty() || star || hash; }
};

TopicTrie::TopicTrie() : root_(std::make_unique<Node>()) {}
TopicTrie::~TopicTrie() = default;

TopicTrie::Node* TopicTrie::child(const Node& parent, std::string_view word) {
    if (word == "*") return parent.star.get();
    if (word == "#") return parent.hash.get();
    const auto at = parent.words.find(word);
    return at == parent.words.end() ? nullptr : at->second.get();
}

TopicTrie::Node& TopicTrie::child_or_new(Node& parent, std::string_view word) {
    if (Node* known = child(parent, word)) return *known;
    auto made = std::make_unique<Node>();
    Node& node = *made;
    if (word == "*") {
        parent.star = std::move(made);
    } else if (word == "#") {
        parent.hash = std::move(made);
    } else {
        parent.words.emplace(word, std::move(made));
    }
    ++node_count_;
    return node;
}

void TopicTrie::drop_child(Node& parent, std::string_view word) {
    --node_count_;
    if (word == "*") {
        parent.star.reset();
    } else if (word == "#") {
        parent.hash.reset();
    } else {
        parent.words.erase(parent.words.find(word));
        if (parent.words.empty()) Children().swap(parent.words);  // erase() keeps the buckets
    }
}

void TopicTrie::insert(Binding& binding) {
    Node* node = root_.get();
    for_each_word(binding.routing_key,
                  [&](std::string_view word) { node = &child_or_new(*node, word); });
    node->bindings.push_back(binding);
}

void TopicTrie::remove(Binding& binding) {
    struct Step {
        Node* parent;
        std::string_view word;
    };
    std::vector<Step> path;
    Node* node = root_.get();
    for_each_word(binding.routing_key, [&](std::string_view word) {
        path.push_back({node, word});
        node = child(*node, word);
        LEVERET_ASSERT(node != nullptr);
    });
    node->bindings.erase(node->bindings.iterator_to(binding));
    while (!path.empty() && node->bindings.empty() && !node->has_children()) {
        node = path.back().parent;
        drop_child(*node, path.back().word);
        path.pop_back();
    }
}

void TopicTrie::match(std::string_view routing_key, MatchSink& sink) {
    ++match_number_;
    loops_.clear();
    here_.assign(1, root_.get());
    enter_loops(*root_, sink);
    for_each_word(routing_key, [&](std::string_view text) {
        if (here_.empty() && loops_.empty()) return;
        const HashedWord word(text);
        next_.clear();
        for (const Node* node : here_) take_word(*node, word);
        for (const Node* node : loops_) take_word(*node, word);
        std::swap(here_, next_);
        for (const Node* node : here_) enter_loops(*node, sink);
    });
    for (Node* node : here_) add_all(node->bindings, sink);
}

/// Follows '#' for no word at all. Such a node matches whatever else comes, so its bindings are
/// found right now; and once is enough, as it stays: this is what bounds the work for many '#'.
void TopicTrie::enter_loops(const Node& from, MatchSink& sink) {
    Node* node = from.hash.get();
    while (node != nullptr && node->entered != match_number_) {
        ++steps_;
        node->entered = match_number_;
        add_all(node->bindings, sink);
        if (!node->words.empty() || node->star) loops_.push_back(node);
        node = node->hash.get();
    }
}

void TopicTrie::take_word(const Node& node, const HashedWord& word) {
    ++steps_;
    if (node.star) next_.push_back(node.star.get());
    if (node.words.empty()) return;
    const auto at = node.words.find(word);
    if (at != node.words.end()) next_.push_back(at->second.get());
}

}  // namespace leveret::routing
