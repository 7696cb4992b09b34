#include <ldm/error.h>
#include <ldm/lora.h>

#include "containers.h"
#include "fingerprint.h"
#include "loraalpha.h"
#include "loratargets.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace ldm {

namespace {

using Shape = std::vector<std::int64_t>;

constexpr const char* kOtherModel = "; it is a LoRA for another model, use one that was made for this one.";

std::string shapeText(const Shape& shape, const std::string& first = {}) {
    std::string text = first;
    for (const std::int64_t size : shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
    return "[" + text + "]";
}

Shape withoutTrailingOnes(Shape shape) {
    while (!shape.empty() && shape.back() == 1) shape.pop_back();
    return shape;
}

/// All sizes but the first, which may be missing.
Shape rest(const Shape& shape) {
    return shape.empty() ? shape : withoutTrailingOnes({shape.begin() + 1, shape.end()});
}

/// What a file holds for one layer: the update is `factor * up * mid * down`.
struct Update {
    const StoredTensor* down = nullptr; ///< [rank, in] or [rank, in, kh, kw]; [rank, in, 1, 1] where there is a mid
    const StoredTensor* up = nullptr;   ///< [out, rank] or [out, rank, 1, 1]
    const StoredTensor* mid = nullptr;  ///< [rank, rank, kh, kw] or none
    const StoredTensor* alpha = nullptr;

    const StoredTensor*& of(LoraRole role) {
        const std::array all = {&down, &up, &mid, &alpha};
        return *all[static_cast<std::size_t>(role)];
    }
    std::int64_t rank() const { return down->shape.front(); }
};

/// The layer's weight with the update on top, made anew in float32 by each reading.
StoredTensor updated(const StoredTensor& base, const Update& update, double factor) {
    StoredTensor result = base;
    result.type = DType::F32;
    result.stored = {};
    for (const StoredTensor* source : {&base, update.up, update.down, update.mid})
        if (source) result.alsoStored.push_back(source->stored);
    const auto mid = update.mid ? std::optional(*update.mid) : std::nullopt;
    result.load = [base, up = *update.up, down = *update.down, mid, factor] {
        const at::Tensor left = up.values().to(at::kFloat).flatten(1) * factor;
        at::Tensor right = down.values().to(at::kFloat).flatten(1);
        if (mid) right = at::einsum("abhw,bi->aihw", {mid->values().to(at::kFloat), right}).flatten(1);
        const at::Tensor matrix = base.values().to(at::kFloat).reshape({base.shape.front(), right.size(1)});
        return at::addmm(matrix, left, right).view(base.shape);
    };
    return result;
}

SafetensorsFile opened(const std::filesystem::path& file) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored))
        throw badInput("There is no LoRA file " + file.string() + "; check the path.");
    if (!std::filesystem::is_regular_file(file, ignored))
        throw badInput(file.string() +
                       " is no file, so no LoRA can be read from it; name the LoRA's .safetensors file.");
    if (kindOfFile(file, "LoRA") != FileKind::Safetensors)
        throw badInput(file.string() + " is a GGUF file, in which no LoRA is read; use the LoRA as .safetensors.");
    return SafetensorsFile::open(file);
}

/// One LoRA file against one checkpoint: first everything is checked, then layers are changed.
class Merge {
public:
    Merge(Checkpoint& checkpoint, const LoraChoice& choice)
        : m_checkpoint(checkpoint), m_file(opened(choice.file)), m_tensors(m_file), m_settings(m_file),
          m_name(choice.file.string()), m_weight(choice.weight) {
        if (!std::isfinite(m_weight)) throw badInput(m_name + ": the weight of a LoRA must be a finite number.");
    }

    void run() {
        collect();
        std::vector<std::pair<PartSource*, StoredTensor>> results;
        for (const auto& [target, update] : m_updates) {
            PartSource& part = m_checkpoint.parts[target.part];
            const StoredTensor& base = *part.tensors.find(target.module + ".weight");
            check(part.name + "." + target.module, base, update);
            const double factor = m_settings.factor(part.name, target.module, update.rank(), alphaOf(update));
            results.emplace_back(&part, updated(base, update, m_weight * factor));
        }
        if (m_weight == 0) return;
        for (auto& [part, tensor] : results) part->tensors.replace(std::move(tensor));
        m_checkpoint.loras.push_back({m_file.path().stem().string(), fingerprintOf(m_tensors, m_settings.text()),
                                      m_weight, static_cast<int>(results.size())});
    }

private:
    [[noreturn]] void fail(const StoredTensor& tensor, const std::string& fault) const {
        throw badInput(m_name + ": tensor " + inQuotes(tensor.name) + " " + fault);
    }

    /// Sorts the tensors by the layers they are for.
    void collect() {
        if (holdsWholeWeights(m_tensors))
            throw badInput(m_name + " holds the whole weights of a model and is no LoRA; open it as the model, or name "
                                    "a LoRA here.");
        const LoraTargets targets(m_checkpoint);
        std::vector<std::string> strangers;
        for (const StoredTensor& tensor : m_tensors.tensors()) {
            const std::optional<LoraKey> key = parseLoraKey(tensor.name, m_name);
            const LoraTarget* target = key ? targets.find(key->module) : nullptr;
            if (!target) {
                strangers.push_back(tensor.name);
                continue;
            }
            const StoredTensor*& place = m_updates[*target].of(key->role);
            if (place) fail(tensor, "and " + inQuotes(place->name) + " are for the same layer; save the LoRA again.");
            place = &tensor;
        }
        if (!strangers.empty()) refuse(strangers);
        if (m_updates.empty()) throw badInput(m_name + " holds no tensors; use another LoRA.");
    }

    [[noreturn]] void refuse(const std::vector<std::string>& strangers) const {
        constexpr std::size_t kShown = 10;
        std::string names;
        for (std::size_t i = 0; i < std::min(strangers.size(), kShown); ++i)
            names += (i ? ", " : "") + inQuotes(strangers[i]);
        throw badInput(
            m_name + ": " + std::to_string(strangers.size()) + " of " + std::to_string(m_tensors.tensors().size()) +
            (strangers.size() == 1 ? " tensors belongs" : " tensors belong") + " to no layer of this model (" + names +
            (strangers.size() > kShown ? ", ..." : "") + ")" + kOtherModel);
    }

    void check(const std::string& layer, const StoredTensor& base, const Update& update) const {
        const StoredTensor* there = update.down ? update.down : update.up ? update.up : update.mid;
        if (!update.down || !update.up)
            fail(there ? *there : *update.alpha, std::string("has no ") + (update.down ? "up" : "down") +
                                                     " half in the file; fetch or save the LoRA again.");
        for (const StoredTensor* tensor : {update.down, update.up, update.mid, update.alpha})
            if (tensor) checkValues(*tensor);
        if (!at::isFloatingType(toScalarType(base.type)))
            throw badInput(m_checkpoint.name + ": layer " + inQuotes(layer) + " is stored as " + base.storedAs +
                           ", to which no LoRA can be added; use the model before its quantization.");
        checkShapes(layer, base.shape, update);
    }

    void checkValues(const StoredTensor& tensor) const {
        // The alpha of some scripts is an integer.
        if (!at::isFloatingType(toScalarType(tensor.type)) && !tensor.name.ends_with(".alpha"))
            fail(tensor, "has dtype " + tensor.storedAs + ", which is no floating-point type; save the LoRA again.");
        if (!at::isfinite(tensor.values().to(at::kFloat)).all().item<bool>())
            fail(tensor, "holds values that are not finite; fetch or save the LoRA again.");
    }

    void checkShapes(const std::string& layer, const Shape& base, const Update& update) const {
        const auto expect = [&](const StoredTensor& tensor, bool fits, const std::string& shape) {
            if (!fits)
                fail(tensor, "has shape " + shapeText(tensor.shape) + " where layer " + inQuotes(layer) + " of shape " +
                                 shapeText(base) + " needs " + shape + kOtherModel);
        };
        const Shape& down = update.down->shape;
        const Shape inputs(base.begin() + 1, update.mid ? base.begin() + 2 : base.end());
        expect(*update.down, down.size() >= 2 && rest(down) == withoutTrailingOnes(inputs), shapeText(inputs, "rank"));
        if (update.rank() == 0) fail(*update.down, "has rank 0; fetch or save the LoRA again.");
        const Shape up{base.front(), update.rank()};
        expect(*update.up,
               update.up->shape.size() >= 2 && withoutTrailingOnes(update.up->shape) == withoutTrailingOnes(up),
               shapeText(up));
        if (!update.mid) return;
        Shape mid{update.rank(), update.rank()};
        mid.insert(mid.end(), base.begin() + 2, base.end());
        expect(*update.mid, base.size() == 4 && update.mid->shape == mid, shapeText(mid));
    }

    std::optional<double> alphaOf(const Update& update) const {
        if (!update.alpha) return std::nullopt;
        if (update.alpha->elements() != 1)
            fail(*update.alpha, "has shape " + shapeText(update.alpha->shape) +
                                    " where one number is expected; save "
                                    "the LoRA again.");
        return update.alpha->values().to(at::kDouble).item<double>();
    }

    Checkpoint& m_checkpoint;
    SafetensorsFile m_file;
    TensorTable m_tensors;
    LoraSettings m_settings;
    std::string m_name;
    double m_weight;
    std::map<LoraTarget, Update> m_updates;
};

} // namespace

void mergeLora(Checkpoint& checkpoint, const LoraChoice& choice) {
    Merge(checkpoint, choice).run();
}

} // namespace ldm
