#include "broker/turn.hpp"

#include <algorithm>

namespace leveret::broker {

void Turn::forget(TurnParticipant& participant) {
    if (!participant.in_turn_) return;
    std::replace(participants_.begin(), participants_.end(), &participant,
                 static_cast<TurnParticipant*>(nullptr));
    participant.in_turn_ = false;
}

void Turn::end() {
    scheduled_ = false;
    // Pumping delivers, and delivering to an automatic acknowledgement may mark further queues:
    // those are pumped in the next turn, so that a turn always ends.
    std::vector<QueuePtr> queues;
    queues.swap(queues_);
    for (const QueuePtr& queue : queues) {
        queue->in_turn_ = false;
        queue->pump();
    }
    before_output_();
    unix_now_ = {};
    for (std::size_t i = 0; i < participants_.size(); ++i) {  // end_turn() may add some
        if (TurnParticipant* participant = participants_[i]) {
            participant->in_turn_ = false;
            participant->end_turn();
        }
    }
    participants_.clear();
    if (queues_.empty()) {  // keep the room for the next turn
        queues.clear();
        queues_.swap(queues);
    }
}

}  // namespace leveret::broker
