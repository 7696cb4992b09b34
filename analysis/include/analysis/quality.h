#pragma once

#include <analysis/evaluator.h>

#include <optional>
#include <string>
#include <vector>

namespace analysis {

/// How differently the evaluator sees two pictures, as LPIPS (Zhang et al. 2018) measures it but with all channels
/// weighing the same: at every position of every stage the channels are scaled to length 1, squared differences are
/// summed over channels, averaged over positions and summed over stages. 0 for equal pictures, at most twice the number
/// of stages. Throws BadInput if the two come from different evaluators.
double perceptualDistance(const Perception& a, const Perception& b);

/// Fréchet distance of the Gaussians with the means and (unbiased) covariances of two sets of feature vectors,
/// |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)) (Dowson and Landau 1982; Heusel et al. 2017), in double. With fewer
/// vectors than features it is biased and can be compared at equal counts only. Throws BadInput for fewer than two
/// vectors, different lengths and values that are not finite.
double frechetDistance(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b);

/// The class that a prompt of the embedded model's kind names: `NAME` or `NAME on a COLOUR background`, whatever the
/// case and the blanks, an article before it allowed. Nothing for any other prompt.
std::optional<std::size_t> namedClass(const std::string& prompt, const std::vector<std::string>& classes);

/// How far one picture shows what its prompt names.
struct Agreement {
    double probability = 0; ///< the evaluator's, of the class that the prompt names
    int rank = 1;           ///< of that class; 1 where the evaluator finds it the likeliest
};
/// Nothing where the prompt names no class and for pictures of another size than the evaluator's: it knows emoji
/// pictures and would give a meaningless number for all others.
std::optional<Agreement> promptAgreement(const Evaluator& evaluator, const std::string& prompt, const ldm::Image& image,
                                         const Perception& seen);

/// Over the pictures that have an agreement; the others have no part in it.
struct MeanAgreement {
    double probability = 0;
    double top1 = 0; ///< share of pictures whose class is the evaluator's first choice
    double top5 = 0; ///< share of pictures whose class is among its first five
    int pictures = 0;
};
/// Nothing where no picture has an agreement.
std::optional<MeanAgreement> meanOf(const std::vector<std::optional<Agreement>>& agreements);

} // namespace analysis
