#pragma once

#include "../evaluatornetwork.h"
#include "network.h"

namespace analysis::wbp {

/// A network and the node whose feature maps are the last that have positions.
struct Classifier {
    Network network;
    Node features = Network::kInput;
};

/// The evaluator as a list of layers, which share its weights.
Classifier classifierOf(const Evaluator& evaluator);

} // namespace analysis::wbp
