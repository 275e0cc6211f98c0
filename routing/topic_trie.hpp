// Finds the topic bindings that match a routing key, without looking at those that do not.
//
// Keys are words between dots; in a binding key the word '*' stands for any one word, '#' for any
// number, none too. Bindings hang in a tree by the words of their keys; a routing key walks down it
// along all branches at once, word by word. Words are compared by octet and may be empty. A key
// without any octet has no word at all, so '#' matches it and '*' does not; "." has two empty
// words.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "routing/binding.hpp"
#include "routing/string_hash.hpp"

namespace leveret::routing {

class MatchSink;

class TopicTrie {
public:
    TopicTrie();
    ~TopicTrie();
    TopicTrie(const TopicTrie&) = delete;
    TopicTrie& operator=(const TopicTrie&) = delete;

    /// Lifetime: the binding must be removed before it goes, or the trie go first.
    void insert(Binding& binding);
    /// Rule: the binding was inserted before.
    void remove(Binding& binding);

    /// Puts each matching binding into the sink, once. Each node is looked at no more than once per
    /// word of the key, whatever the patterns, and only if the words before it match.
    /// Rule: RabbitMQ; also that the empty key has no word.
    void match(std::string_view routing_key, MatchSink& sink);

    /// The nodes that bindings need, without the root.
    [[nodiscard]] std::size_t node_count() const { return node_count_; }
    /// How often a node was looked at since the trie was made: lets tests bound the work.
    [[nodiscard]] std::uint64_t steps() const { return steps_; }

private:
    /// A word of a routing key, hashed once for all the nodes that are asked for it.
    struct HashedWord {
        explicit HashedWord(std::string_view word) : text(word), hash(StringHash{}(word)) {}
        std::string_view text;
        std::size_t hash;
    };
    struct WordHash : StringHash {
        using StringHash::operator();
        std::size_t operator()(const HashedWord& word) const noexcept { return word.hash; }
    };
    struct WordEqual {
        using is_transparent = void;
        static std::string_view text(std::string_view word) { return word; }
        static std::string_view text(const HashedWord& word) { return word.text; }
        bool operator()(const auto& a, const auto& b) const { return text(a) == text(b); }
    };
    struct Node;
    using Children = std::unordered_map<std::string, std::unique_ptr<Node>, WordHash, WordEqual>;

    [[nodiscard]] static Node* child(const Node& parent, std::string_view word);
    Node& child_or_new(Node& parent, std::string_view word);
    void drop_child(Node& parent, std::string_view word);

    void enter_loops(const Node& from, MatchSink& sink);
    void take_word(const Node& node, const HashedWord& word);

    std::unique_ptr<Node> root_;
    std::size_t node_count_ = 0;
    std::uint64_t steps_ = 0;

    // Of one match(); kept for their room.
    std::uint64_t match_number_ = 0;
    std::vector<Node*> here_;   ///< reached with exactly the words so far
    std::vector<Node*> next_;   ///< reached with one word more
    std::vector<Node*> loops_;  ///< '#' nodes reached: they take any word and stay
};

}  // namespace leveret::routing
