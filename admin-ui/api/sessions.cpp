#include "admin-ui/api/sessions.hpp"

#include <algorithm>

#include "admin-ui/api/limits.hpp"
#include "broker/digest.hpp"
#include "protocol/utf8.hpp"

namespace leveret::admin {

namespace {

constexpr std::size_t cookie_octets = 32;  // 256 bits: nobody guesses one
constexpr std::size_t id_octets = 9;
constexpr std::size_t agent_octets = 256;

}  // namespace

Sessions::Started Sessions::start(std::string_view user, std::string_view address,
                                  std::string_view agent, Time now) {
    make_room(user, now);
    auto session = std::make_shared<Session>();
    session->id = broker::base64_url(broker::random_octets(id_octets));
    session->user = user;
    session->csrf = broker::base64_url(broker::random_octets(cookie_octets));
    session->address = address;
    session->agent = protocol::cut_utf8(agent, agent_octets);
    session->created = session->used = now;
    std::string cookie = broker::base64_url(broker::random_octets(cookie_octets));
    by_hash_.emplace(broker::sha256(cookie), session);
    return {std::move(session), std::move(cookie)};
}

SessionPtr Sessions::find(std::string_view cookie, Time now) {
    const auto found = by_hash_.find(broker::sha256(cookie));
    if (found == by_hash_.end()) return nullptr;
    const SessionPtr session = found->second;
    if (is_over(*session, now)) {
        session->ended = true;
        by_hash_.erase(found);
        return nullptr;
    }
    session->used = now;
    return session;
}

void Sessions::end_session(Session& session) {
    session.ended = true;
    std::erase_if(by_hash_, [&](const auto& entry) { return entry.second.get() == &session; });
}

std::vector<SessionPtr> Sessions::of_user(std::string_view user, Time now) {
    std::vector<SessionPtr> found;
    for (const auto& [hash, session] : by_hash_) {
        if (session->user == user && !is_over(*session, now)) found.push_back(session);
    }
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a->created > b->created; });
    return found;
}

void Sessions::make_room(std::string_view user, Time now) {
    std::erase_if(by_hash_, [&](const auto& entry) {
        if (!is_over(*entry.second, now)) return false;
        entry.second->ended = true;
        return true;
    });
    const auto longest_unused = [](const std::vector<SessionPtr>& sessions) {
        return *std::min_element(sessions.begin(), sessions.end(),
                                 [](const auto& a, const auto& b) { return a->used < b->used; });
    };
    const std::vector<SessionPtr> own = of_user(user, now);
    if (own.size() >= limits::sessions_of_user) return end_session(*longest_unused(own));
    if (by_hash_.size() < limits::sessions) return;
    std::vector<SessionPtr> all;
    for (const auto& [hash, session] : by_hash_) all.push_back(session);
    end_session(*longest_unused(all));
}

}  // namespace leveret::admin
