#pragma once

#include <analysis/wbp.h>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>

namespace analysis {

/// How a classifier takes pictures: [1, 3, side, side], each channel in [0, 1], less its mean, by its deviation. The
/// defaults are what networks for ImageNet expect.
struct ScriptInput {
    int side = 224; ///< 1 to 4096
    std::array<double, 3> mean{0.485, 0.456, 0.406};
    std::array<double, 3> deviation{0.229, 0.224, 0.225}; ///< above 0
};

/// A classifier of the user's own, as torch.jit saves it, for the maps that need gradients alone. It is a program: what
/// comes from strangers may do anything. Copies share it; one thread at a time.
class ScriptClassifier {
public:
    /// Tries it on a grey picture. Throws BadInput naming the file where that is no TorchScript program, does not take
    /// such pictures, does not answer with float32 [1, classes], or cannot be differentiated.
    static ScriptClassifier load(const std::filesystem::path& file, const ScriptInput& input = {});

    int classes() const { return m_classes; }
    /// side() x side() values by Gradient or GradientTimesInput, in levels of the picture; `cls`: nothing means the
    /// most probable one; `blur` as in SalienceSettings. Throws BadInput for other methods, which must see the layers,
    /// an empty picture, a class that there is none of and an even blur, and ldm::Error (Failed) for answers or
    /// gradients that are not finite.
    Salience salience(const ldm::Image& image, SalienceMethod method, std::optional<int> cls = std::nullopt,
                      int blur = 1) const;

private:
    struct Program;
    ScriptClassifier(std::shared_ptr<const Program> program, int classes);

    std::shared_ptr<const Program> m_program;
    int m_classes;
};

} // namespace analysis
