#include <analysis/quality.h>

#include <ldm/error.h>

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace analysis {

namespace {

/// Lengths of the channel vectors at all positions, a little above zero where all channels are silent.
std::vector<double> lengths(const FeatureMap& map) {
    const std::size_t positions = std::size_t(map.height) * std::size_t(map.width);
    std::vector<double> squares(positions, 0.0);
    for (std::size_t i = 0; i < map.values.size(); ++i) squares[i % positions] += double(map.values[i]) * map.values[i];
    for (double& square : squares) square = std::sqrt(square) + 1e-10;
    return squares;
}

double stageDistance(const FeatureMap& a, const FeatureMap& b) {
    if (a.channels != b.channels || a.height != b.height || a.width != b.width)
        throw ldm::badInput("What two different evaluators see cannot be compared; let one look at both pictures.");
    const std::vector<double> lengthsA = lengths(a);
    const std::vector<double> lengthsB = lengths(b);
    const std::size_t positions = lengthsA.size();
    double sum = 0;
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        const double difference = a.values[i] / lengthsA[i % positions] - b.values[i] / lengthsB[i % positions];
        sum += difference * difference;
    }
    return sum / double(positions);
}

/// [N, D]; `length` is D.
at::Tensor matrixOf(const std::vector<std::vector<double>>& vectors, std::size_t length) {
    if (vectors.size() < 2)
        throw ldm::badInput("A Fréchet distance needs at least two pictures on each side; give more prompts.");
    at::Tensor matrix = at::empty({std::int64_t(vectors.size()), std::int64_t(length)}, at::kDouble);
    double* to = matrix.data_ptr<double>();
    for (const auto& vector : vectors) {
        if (vector.size() != length || length == 0)
            throw ldm::badInput("Feature vectors of different lengths have no Fréchet distance; take all from one "
                                "evaluator.");
        to = std::copy(vector.begin(), vector.end(), to);
    }
    if (!matrix.isfinite().all().item<bool>())
        throw ldm::badInput("Features that are not finite have no Fréchet distance; make the pictures again.");
    return matrix;
}

struct Gaussian {
    at::Tensor mean;       ///< [D]
    at::Tensor covariance; ///< [D, D]

    explicit Gaussian(const at::Tensor& samples) : mean(samples.mean(0)) {
        const at::Tensor centred = samples - mean;
        covariance = at::matmul(centred.t(), centred) / double(samples.size(0) - 1);
    }
    at::Tensor root() const {
        const auto [values, vectors] = at::linalg_eigh(covariance);
        return at::matmul(vectors * values.clamp_min(0).sqrt(), vectors.t());
    }
};

/// Lower case (ASCII), single blanks, none at the ends.
std::string simplified(const std::string& text) {
    std::string result;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (blank && (result.empty() || result.back() == ' ')) continue;
        result += blank ? ' ' : c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
    }
    if (!result.empty() && result.back() == ' ') result.pop_back();
    return result;
}

/// Without an article before it and the background behind it.
std::string subjectOf(const std::string& prompt) {
    std::string subject = simplified(prompt);
    if (subject.ends_with(" background"))
        if (const auto behind = subject.rfind(" on a"); behind != std::string::npos) subject.resize(behind);
    for (const std::string article : {"a ", "an ", "the "})
        if (subject.starts_with(article)) return subject.substr(article.size());
    return subject;
}

} // namespace

double perceptualDistance(const Perception& a, const Perception& b) {
    if (a.stages.size() != b.stages.size())
        throw ldm::badInput("What two different evaluators see cannot be compared; let one look at both pictures.");
    double sum = 0;
    for (std::size_t stage = 0; stage < a.stages.size(); ++stage)
        sum += stageDistance(a.stages[stage], b.stages[stage]);
    return sum;
}

double frechetDistance(const std::vector<std::vector<double>>& a, const std::vector<std::vector<double>>& b) {
    const at::NoGradGuard noGrad;
    const std::size_t length = a.empty() ? 0 : a.front().size();
    const Gaussian first(matrixOf(a, length));
    const Gaussian second(matrixOf(b, length));
    // tr (S1 S2)^(1/2) is the sum of the singular values of S1^(1/2) S2^(1/2): no root of rounding errors is taken.
    const at::Tensor cross = at::linalg_svdvals(at::matmul(first.root(), second.root())).sum();
    const at::Tensor means = (first.mean - second.mean).square().sum();
    const at::Tensor spreads = first.covariance.trace() + second.covariance.trace() - 2 * cross;
    return std::max(0.0, (means + spreads).item<double>());
}

std::optional<std::size_t> namedClass(const std::string& prompt, const std::vector<std::string>& classes) {
    const std::string subject = subjectOf(prompt);
    const auto found = std::find_if(classes.begin(), classes.end(),
                                    [&subject](const std::string& name) { return simplified(name) == subject; });
    if (found == classes.end()) return std::nullopt;
    return std::size_t(found - classes.begin());
}

std::optional<Agreement> promptAgreement(const Evaluator& evaluator, const std::string& prompt, const ldm::Image& image,
                                         const Perception& seen) {
    if (image.width != evaluator.side() || image.height != evaluator.side()) return std::nullopt;
    const std::optional<std::size_t> named = namedClass(prompt, evaluator.classes());
    if (!named) return std::nullopt;
    const double probability = seen.probabilities.at(*named);
    const auto likelier = std::count_if(seen.probabilities.begin(), seen.probabilities.end(),
                                        [probability](double other) { return other > probability; });
    return Agreement{probability, int(likelier) + 1};
}

std::optional<MeanAgreement> meanOf(const std::vector<std::optional<Agreement>>& agreements) {
    MeanAgreement mean;
    for (const auto& each : agreements) {
        if (!each) continue;
        mean.probability += each->probability;
        mean.top1 += each->rank == 1;
        mean.top5 += each->rank <= 5;
        ++mean.pictures;
    }
    if (mean.pictures == 0) return std::nullopt;
    for (double* sum : {&mean.probability, &mean.top1, &mean.top5}) *sum /= mean.pictures;
    return mean;
}

} // namespace analysis
