#pragma once

#include <ldm/arithmetic.h>
#include <ldm/weights.h>

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quant::onnx {

/// A tensor that a recorded network read or made.
struct RecordedValue {
    std::vector<std::int64_t> shape;
    at::ScalarType type = at::kFloat;
    std::string parameter;  ///< name of the parameter that it is, or empty
    at::Tensor constant;    ///< its values where they depend on no input and no parameter, else undefined
    std::string producedBy; ///< the outermost module that reported it
};

/// One argument of a recorded step.
struct Operand {
    std::vector<int> values; ///< of a tensor or a list of tensors: indices into Recording::values
    c10::IValue plain;       ///< of anything else
};

/// An operation: one of ATen under its name ("aten::add_"), or "linear", "conv2d", "attention" of Arithmetic.
struct RecordedStep {
    std::string op;
    std::vector<Operand> operands; ///< as in the schema; of linear and conv2d x; of attention q, k, v, scale, mask
    std::vector<int> results;
    const ldm::Layer* layer = nullptr; ///< of linear and conv2d
};

/// What a network does with its inputs, in order of execution. Every value is made once: an operation in place makes a
/// new one.
struct Recording {
    std::vector<RecordedValue> values;
    std::vector<RecordedStep> steps;
    std::vector<std::pair<std::string, int>> inputs;
    std::vector<std::pair<std::string, int>> outputs;
    std::map<std::string, int> modules; ///< what each module and block put out
};

/// Writes down what this thread computes with tensors while it lives, from the inputs and parameters that it hands out.
/// These have shapes and no values, and so has everything that is made of them: recording a network of any size takes
/// neither time nor memory. What depends on neither is computed as usual and becomes a constant. One at a time.
class Recorder final : public ldm::Arithmetic {
public:
    Recorder();
    ~Recorder() override;
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    at::Tensor input(const std::string& name, const std::vector<std::int64_t>& shape, at::ScalarType type = at::kFloat);
    /// The parts' tensors as parameters that keep their names behind "part.", to build the network from.
    ldm::TensorTable parameters(const std::string& part, const ldm::TensorTable& tensors);
    void output(const std::string& name, const at::Tensor& tensor);
    /// Notes a tensor as the output of a block.
    void produced(std::string_view module, const at::Tensor& output) override;
    Recording finish() &&;

    at::Tensor linear(const ldm::Layer& layer, const at::Tensor& x) override;
    at::Tensor conv2d(const ldm::Layer& layer, const at::Tensor& x) override;
    at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, double scale,
                         const at::Tensor& mask) override;

    struct Impl;

private:
    std::unique_ptr<Impl> m_impl;
};

} // namespace quant::onnx
