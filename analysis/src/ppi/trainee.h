#pragma once

#include "../flo/network.h"
#include "../wbp/network.h"

#include <analysis/ppi.h>

#include <ATen/core/Generator.h>

namespace analysis::ppi {

/// A convolution, its batch norm and where that stands.
struct TraineeLayer {
    flo::Parameter kernel; ///< [out, in, 3, 3]
    flo::Parameter gamma;
    flo::Parameter beta;
    at::Tensor mean; ///< over the batches so far, decaying
    at::Tensor variance;
};

/// A classifier of the evaluator's kind that is being trained: stages of one layer each.
class Trainee {
public:
    Trainee(const std::vector<int>& channels, std::int64_t classes, at::Generator& random);

    /// [n, classes], normed by the batch itself; autograd can follow.
    at::Tensor logits(at::Tensor x);
    /// [n, height, width]: contributions by WBP, with the edge as baseline, to the logit of each label, normed by what
    /// was seen so far.
    at::Tensor contributions(const at::Tensor& x, const at::Tensor& labels) const;

    flo::Parameters parameters();
    const std::vector<TraineeLayer>& layers() const { return m_layers; }
    const flo::Parameter& headWeight() const { return m_headWeight; }
    const flo::Parameter& headBias() const { return m_headBias; }

private:
    std::vector<TraineeLayer> m_layers;
    flo::Parameter m_headWeight; ///< [classes, features]
    flo::Parameter m_headBias;
};

/// What has been learnt, apart from the trainee.
Trained trained(const Trainee& trainee, const Objects& objects);

} // namespace analysis::ppi
