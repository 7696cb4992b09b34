#pragma once

#include <analysis/wbp.h>

#include <ldm/progress.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

/// Training that takes false cues away from a classifier: proactive pseudo-intervention (after Wang et al. 2020, arXiv
/// 2012.03369). Masks that the classifier's own salience makes are put on its pictures while it learns. Its pictures
/// are objects on backgrounds whose colour goes with the class in training and does not elsewhere. docs/salience.md
/// says what comes of it.
namespace analysis::ppi {

/// Pictures of single things with transparency around them.
struct Objects {
    int side = 0;
    std::vector<std::string> names; ///< one for each
    std::vector<std::uint8_t> rgba; ///< [objects, side, side, 4]

    /// Reads objects.json and objects.png of a folder. Throws BadInput naming the file and the place.
    static Objects load(const std::filesystem::path& folder);
    /// 24 animals that come with the program.
    static Objects embedded();
};

/// What a picture must be recognised without.
enum class Unrelated {
    OthersMask, ///< what the mask of another picture marks is blanked
    Background, ///< what its own mask does not mark gets a random colour
};

/// How a classifier is trained: with Adam, on one thread, so the result is the same for any number of threads. With
/// x* = the picture, what its mask marks blanked, and x' as `unrelated` says, the loss is
///   CE(f(x), y) + unrelatedWeight CE(f(x'), y) - blankedWeight log(1 - p_y(f(x*))) + sparsityWeight mean salience;
/// without intervention it is CE(f(x), y) alone. Masks are sigmoid(sharpness (salience - threshold)),
/// where salience is WBP of the label with the picture's edge as baseline.
struct Training {
    bool intervenes = true;
    std::vector<int> channels = {16, 32, 64}; ///< of stages of one layer each
    int iterations = 1000;                    ///< at least 1
    int warmUp = 200;                         ///< iterations before interventions begin
    int batch = 48;                           ///< pictures per iteration, at least 2
    double learningRate = 3e-3;               ///< above 0
    double correlation = 0.95;                ///< share of pictures with the background of their class
    Unrelated unrelated = Unrelated::Background;
    double sharpness = 20;
    double threshold = 0.1;
    int blur = 5;               ///< side of the square that salience is averaged over before it makes a mask; odd
    double unrelatedWeight = 1; ///< l1
    double blankedWeight = 0.3; ///< l2
    double sparsityWeight = 0;  ///< l3
    bool throughMask = false;   ///< whether gradients flow through masks and salience; l3 needs it
    std::uint64_t seed = 0;
};

/// A trained classifier and its weights.
class Trained {
public:
    struct Weights;
    explicit Trained(std::shared_ptr<const Weights> weights) : m_weights(std::move(weights)) {}
    Evaluator evaluator() const;
    /// Writes evaluator.json and evaluator.safetensors, which Evaluator::load() reads, into an existing folder. Throws
    /// WriteFailed.
    void save(const std::filesystem::path& folder) const;

private:
    std::shared_ptr<const Weights> m_weights;
};

/// Nothing when stopped. Throws BadInput for settings or objects out of range, and ldm::Error (Failed) if the training
/// diverges.
std::optional<Trained> train(const Objects& objects, const Training& training, const std::stop_token& stop = {},
                             const ldm::ProgressSink& progress = {});

/// How a classifier does on pictures that training did not see.
struct Judgement {
    double accuracy = 0; ///< share of pictures whose class is the most probable one
    struct Method {
        SalienceMethod method = SalienceMethod::Wbp;
        double pointing = 0; ///< share of maps of the true class whose highest value is on the object
        double overlap = 0;  ///< mean maskOverlap() with the object
        double deletion = 0; ///< mean replacementArea() of the true class' probability, towards grey
        double insertion = 0;
    };
    std::vector<Method> methods;
};
/// Maps have the edge of the picture as their baseline.
struct Trial {
    double correlation = 0; ///< 0: backgrounds say nothing
    int pictures = 1200;    ///< for accuracy, at least 1
    int maps = 100;         ///< of these, so many get maps by each method
    std::vector<SalienceMethod> methods = {SalienceMethod::Wbp};
    std::uint64_t seed = 9;
};
/// Nothing when stopped. Throws BadInput for a classifier of other classes or another side than the objects'.
std::optional<Judgement> judge(const Evaluator& evaluator, const Objects& objects, const Trial& trial,
                               const std::stop_token& stop = {});

} // namespace analysis::ppi
