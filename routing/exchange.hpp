// What all exchanges have: properties, bindings, and how these are made and ended. How a message is
// matched is left to the types (direct_exchange.hpp and so on); who may declare, bind or delete,
// and that an auto-delete exchange goes with its last binding, is left to the vhost.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/message.hpp"
#include "routing/destination.hpp"

namespace leveret::routing {

class MatchSink;
class RoutedMessage;

struct ExchangeProperties {
    std::string name{};
    std::string type{};
    bool durable{};
    bool auto_delete{};
    bool internal{};
    protocol::amqp::FieldTable arguments{};
};

/// Counted by Route::count().
struct ExchangeCounters {
    std::uint64_t publish_in{};   ///< messages that came to this exchange, by whatever way
    std::uint64_t publish_out{};  ///< bindings they matched, summed up
};

/// Owns its outgoing bindings.
/// Lifetime: either end of a binding may go first; what remains forgets it.
class Exchange : public Destination {
public:
    ~Exchange() override;

    [[nodiscard]] const ExchangeProperties& properties() const { return properties_; }
    [[nodiscard]] const std::string& type() const { return properties_.type; }

    /// Returns: false when the same binding exists already; nothing changes then.
    /// Throws:  ProtocolError(precondition_failed) when this type refuses key or arguments,
    ///          ProtocolError(access_refused) on the default exchange; nothing changes then either.
    bool bind(Destination& destination, std::string_view routing_key,
              const protocol::amqp::FieldTable& arguments);

    /// Returns: false when there is no such binding.
    bool unbind(Destination& destination, std::string_view routing_key,
                const protocol::amqp::FieldTable& arguments);

    /// Ends this binding, which must be one of this exchange's; the reference is then dangling.
    void unbind(Binding& binding);

    /// Ends every binding from here.
    void unbind_outgoing();

    /// Returns: nullptr when there is no such binding.
    [[nodiscard]] const Binding* find_binding(const Destination& destination,
                                              std::string_view routing_key,
                                              const protocol::amqp::FieldTable& arguments) const;

    [[nodiscard]] Binding* find_binding(const Destination& destination,
                                        std::string_view routing_key,
                                        const protocol::amqp::FieldTable& arguments);

    [[nodiscard]] const OutgoingBindings& outgoing() const { return outgoing_; }
    [[nodiscard]] std::size_t binding_count() const { return outgoing_.size(); }
    /// Whether there ever was a binding from here: an auto-delete exchange goes only then.
    [[nodiscard]] bool had_binding() const { return had_binding_; }

    /// The name of the exchange that gets what matches nothing here; none when there is no such.
    /// Rule: RabbitMQ: the argument `alternate-exchange` wins over the policy of the same name.
    [[nodiscard]] std::optional<std::string_view> alternate_exchange() const;
    /// Sets or takes away what the policy says; the vhost calls it when policies change.
    void set_policy_alternate_exchange(std::optional<std::string> name);
    [[nodiscard]] const std::optional<std::string>& policy_alternate_exchange() const {
        return policy_alternate_;
    }

    /// Where messages wait that ask for a delay; nullptr: this exchange does not delay. Set by the
    /// vhost, and outlives the exchange.
    [[nodiscard]] Destination* delay_queue() const { return delay_queue_; }
    void set_delay_queue(Destination& queue) { delay_queue_ = &queue; }

    /// Puts every binding that matches into the sink, in no particular order; one may come twice.
    virtual void match(RoutedMessage& message, MatchSink& sink) = 0;
    /// Whether routing keys alone decide, so that a route may be remembered by key.
    [[nodiscard]] virtual bool keys_decide() const { return true; }

    /// Whether routed() is to be told each message that passes.
    [[nodiscard]] virtual bool keeps_messages() const { return false; }
    virtual void routed(const protocol::amqp::MessagePtr&) {}

    /// A number that the vhost gives, for those who look: no other exchange has or had it.
    [[nodiscard]] std::uint64_t id() const { return id_; }
    void set_id(std::uint64_t id) { id_ = id; }

    [[nodiscard]] ExchangeCounters& counters() { return counters_; }
    [[nodiscard]] const ExchangeCounters& counters() const { return counters_; }

protected:
    explicit Exchange(ExchangeProperties properties);

    /// Throws: ProtocolError when this type refuses such a binding.
    virtual void check_binding(std::string_view, const protocol::amqp::FieldTable&) const {}
    /// Enters a new binding into the type's own index, and takes it out again.
    virtual void index(Binding&) {}
    virtual void unindex(Binding&) {}

    /// For types that have no index of their own.
    [[nodiscard]] OutgoingBindings& every_binding() { return outgoing_; }

private:
    // Bindings by identity, without building one to look it up.
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const BindingIdentity& id) const noexcept {
            return BindingIdentityHash{}(id);
        }
        std::size_t operator()(const std::unique_ptr<Binding>& binding) const noexcept {
            return BindingIdentityHash{}(binding->identity());
        }
    };
    struct Equal {
        using is_transparent = void;
        static BindingIdentity identity(const BindingIdentity& id) { return id; }
        static BindingIdentity identity(const std::unique_ptr<Binding>& b) { return b->identity(); }
        bool operator()(const auto& a, const auto& b) const { return identity(a) == identity(b); }
    };

    const ExchangeProperties properties_;
    std::optional<std::string> policy_alternate_;
    Destination* delay_queue_ = nullptr;
    std::unordered_set<std::unique_ptr<Binding>, Hash, Equal> owned_;
    OutgoingBindings outgoing_;
    bool had_binding_ = false;
    ExchangeCounters counters_;
    std::uint64_t id_ = 0;
};

/// The type of exchanges that delay, and the argument that says what they route as.
inline constexpr std::string_view delaying_type = "x-delayed-message";
inline constexpr std::string_view delayed_type_argument = "x-delayed-type";

/// The types a client may declare, sorted.
[[nodiscard]] std::span<const std::string_view> exchange_types();
[[nodiscard]] bool is_exchange_type(std::string_view type);

/// Makes an exchange of the type in the properties. The default exchange is made by its own
/// constructor: default_exchange.hpp.
/// Returns: nullptr when there is no such type.
/// Throws:  ProtocolError(precondition_failed) when the type cannot have these arguments.
[[nodiscard]] std::unique_ptr<Exchange> make_exchange(ExchangeProperties properties);

}  // namespace leveret::routing
