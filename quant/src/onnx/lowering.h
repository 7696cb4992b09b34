#pragma once

#include "graphbuilder.h"
#include "recording.h"

#include <quant/quantize.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace quant::onnx {

/// The metadata entry that tells where modules and blocks are found: a JSON object of their names and the values that
/// they put out.
inline constexpr const char* kModulesKey = "noisefloor.modules";

/// What a graph holds of one layer.
struct LayerPrecision {
    bool integerWeights = false;           ///< int8 codes with a scale per output channel, dequantized in the graph
    std::optional<ActivationScale> input;  ///< its input is rounded to uint8
    std::optional<ActivationScale> output; ///< of a convolution: so is its output, as kernels for integers need it
};

/// Where the numbers of a graph come from; asked when it is written.
struct GraphWeights {
    std::function<at::Tensor(const std::string& name)> values; ///< of a parameter: "unet.conv_in.weight"
    std::function<IntegerWeights(int layer)> codes = {};       ///< of layers with integer weights, scales [out]
    std::vector<LayerPrecision> layers = {};                   ///< by Layer::id; empty: all are floats
};

/// A recorded network as a graph of the operators of opset kOpset. The Conv or MatMul of a layer has the layer's name,
/// its constants are named "NAME.weight", "NAME.weight_scale" and "NAME.bias". Throws Failed naming an operation that
/// has no lowering.
Model lowered(const Recording& recording, const GraphWeights& weights, const std::string& name);

/// A recording on its way into a graph, for the functions that lower one kind of step each.
class Lowering {
public:
    Lowering(const Recording& recording, const GraphWeights& weights, const std::string& name)
        : m_recording(recording), m_weights(weights), m_graph(name), m_names(recording.values.size()) {}
    Model run() &&;

    // Of the step at hand.
    GraphBuilder& graph() { return m_graph; }
    const RecordedStep& step() const { return *m_step; }
    bool isTensor(std::size_t operand) const { return !m_step->operands.at(operand).values.empty(); }
    const c10::IValue& plain(std::size_t operand) const { return m_step->operands.at(operand).plain; }
    /// A dimension named by an operand, counted from the front.
    std::int64_t dim(std::size_t operand) const;
    const RecordedValue& value(std::size_t operand, std::size_t index = 0) const;
    const RecordedValue& result(std::size_t index = 0) const;
    std::string input(std::size_t operand, std::size_t index = 0);
    /// A tensor or a number as values of that type.
    std::string input(std::size_t operand, at::ScalarType type);
    /// A parameter of that many elements in another shape.
    std::string reshapedParameter(std::size_t operand, const Shape& shape);
    LayerPrecision precision() const;
    /// Of the step's layer: its weight as floats, its bias in this shape.
    std::string weight();
    std::string bias(const Shape& shape);
    /// Rounded as an activation: what several layers want alike is there once.
    std::string quantized(const std::string& value, const ActivationScale& scale, const std::string& wanted = {});

    /// The node that computes the step's result.
    void emit(const std::string& op, std::vector<std::string> inputs, Attributes attributes = {},
              const std::string& node = {});
    void emitTransposed(const std::string& input, const Shape& permutation);
    /// The result is there already under this name.
    void become(const std::string& name, std::size_t index = 0);
    void emitQuantized(const std::string& value, const ActivationScale& scale);
    [[noreturn]] void refuse(const std::string& why) const;

private:
    std::string nameOf(int value);
    std::string parameter(const std::string& name, const Shape& shape);
    std::string integerWeight();
    std::string wantedName() const;
    std::vector<bool> neededSteps() const;
    void addOutputs();

    const Recording& m_recording;
    const GraphWeights& m_weights;
    GraphBuilder m_graph;
    std::vector<std::string> m_names; ///< by value; empty where it has none yet
    std::map<int, std::string> m_outputNames;
    std::map<std::string, std::string> m_quantized; ///< by value and scale
    const RecordedStep* m_step = nullptr;
};

/// Lowers a step of an operation of ATen, or says that it knows none of that name.
bool lowerAten(Lowering& lowering);
/// Likewise for those of Arithmetic.
bool lowerArithmetic(Lowering& lowering);

} // namespace quant::onnx
