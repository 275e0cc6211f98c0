// The closed lists of methods: what a client may send, what a server sends, all of them. Dispatch,
// names and tests walk these lists, so that no method can be forgotten.
#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>

#include "protocol/amqp/access_methods.hpp"
#include "protocol/amqp/basic_methods.hpp"
#include "protocol/amqp/channel_methods.hpp"
#include "protocol/amqp/confirm_methods.hpp"
#include "protocol/amqp/connection_methods.hpp"
#include "protocol/amqp/exchange_methods.hpp"
#include "protocol/amqp/queue_methods.hpp"
#include "protocol/amqp/tx_methods.hpp"
#include "protocol/amqp/types.hpp"

namespace leveret::protocol::amqp {

template <class... Methods>
struct MethodList {
    static constexpr std::size_t size = sizeof...(Methods);
};

/// What a client may send on channel 0.
using ClientConnectionMethods =
    MethodList<connection::StartOk, connection::SecureOk, connection::TuneOk, connection::Open,
               connection::Close, connection::CloseOk, connection::UpdateSecret>;

/// What a client may send on any other channel.
using ClientChannelMethods =
    MethodList<basic::Publish, basic::Ack, channel::Open, channel::Flow, channel::FlowOk,
               channel::Close, channel::CloseOk, access::Request, exchange::Declare,
               exchange::Delete, exchange::Bind, exchange::Unbind, queue::Declare, queue::Bind,
               queue::Purge, queue::Delete, queue::Unbind, basic::Qos, basic::Consume,
               basic::Cancel, basic::CancelOk, basic::Get, basic::Reject, basic::RecoverAsync,
               basic::Recover, basic::Nack, confirm::Select, tx::Select, tx::Commit, tx::Rollback>;

/// What a server sends.
using ServerMethods =
    MethodList<connection::Start, connection::Secure, connection::Tune, connection::OpenOk,
               connection::Close, connection::CloseOk, connection::Blocked, connection::Unblocked,
               connection::UpdateSecretOk, channel::OpenOk, channel::Flow, channel::FlowOk,
               channel::Close, channel::CloseOk, access::RequestOk, exchange::DeclareOk,
               exchange::DeleteOk, exchange::BindOk, exchange::UnbindOk, queue::DeclareOk,
               queue::BindOk, queue::PurgeOk, queue::DeleteOk, queue::UnbindOk, basic::QosOk,
               basic::ConsumeOk, basic::Cancel, basic::CancelOk, basic::Return, basic::Deliver,
               basic::GetOk, basic::GetEmpty, basic::Ack, basic::RecoverOk, basic::Nack,
               confirm::SelectOk, tx::SelectOk, tx::CommitOk, tx::RollbackOk>;

namespace list {

template <class Method, class List>
inline constexpr bool contains = false;
template <class Method, class... Methods>
inline constexpr bool contains<Method, MethodList<Methods...>> =
    ((Method::id == Methods::id) || ...);

template <class Left, class Right>
struct Join;
template <class... Left, class... Right>
struct Join<MethodList<Left...>, MethodList<Right...>> {
    using type = MethodList<Left..., Right...>;
};

template <class Into, class From>
struct Union {
    using type = Into;
};
template <class... Into, class First, class... Rest>
struct Union<MethodList<Into...>, MethodList<First, Rest...>> {
    using grown = std::conditional_t<contains<First, MethodList<Into...>>, MethodList<Into...>,
                                     MethodList<Into..., First>>;
    using type = typename Union<grown, MethodList<Rest...>>::type;
};

template <class List>
inline constexpr bool ids_unique = true;
template <class First, class... Rest>
inline constexpr bool ids_unique<MethodList<First, Rest...>> =
    !contains<First, MethodList<Rest...>> && ids_unique<MethodList<Rest...>>;

}  // namespace list

/// What a client may send.
using ClientMethods = list::Join<ClientConnectionMethods, ClientChannelMethods>::type;
/// Every method, once.
using AllMethods = list::Union<ClientMethods, ServerMethods>::type;

static_assert(list::ids_unique<ClientMethods>);
static_assert(list::ids_unique<ServerMethods>);
static_assert(list::ids_unique<AllMethods>);
static_assert(AllMethods::size == 66);

/// Calls `visit.template operator()<Method>()` for every method of a list.
template <class... Methods, class Visit>
constexpr void for_each_method(MethodList<Methods...>, Visit&& visit) {
    (visit.template operator()<Methods>(), ...);
}

/// Whether a method of the list has this number.
template <class... Methods>
[[nodiscard]] constexpr bool contains(MethodList<Methods...>, MethodId id) {
    return ((Methods::id == id) || ...);
}

/// "basic.publish"; empty when there is no such method.
[[nodiscard]] std::string_view name_of(MethodId id);

}  // namespace leveret::protocol::amqp
