#pragma once

#include <ldm/safetensors.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace quant::onnx {

/// The one pair of versions that is written and read: what ONNX Runtime optimizes fully and Debian's checker knows.
inline constexpr int kIrVersion = 8;
inline constexpr int kOpset = 17;

/// Element types by their number in the format.
enum class ElementType { Float = 1, UInt8 = 2, Int8 = 3, Int32 = 6, Int64 = 7, Bool = 9 };

std::size_t sizeOf(ElementType type);
std::string_view nameOf(ElementType type);

/// What an attribute holds: its type in the format follows from that.
using AttributeValue = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>>;

struct Node {
    std::string op;                   ///< "Conv"
    std::string name;                 ///< unique in the graph
    std::vector<std::string> inputs;  ///< names of values; empty where an optional one is left out
    std::vector<std::string> outputs; ///< likewise; every value is produced once
    std::map<std::string, AttributeValue> attributes = {};
};

/// A value with its static shape.
struct Value {
    std::string name;
    ElementType type = ElementType::Float;
    std::vector<std::int64_t> shape; ///< empty for a scalar
};

/// A constant. Its bytes (little endian, in the order of `shape`, exactly as many as it has elements) are made when
/// they are wanted, and are gone with their owner: a file's model costs no memory until it is used.
struct Initializer {
    std::string name;
    ElementType type = ElementType::Float;
    std::vector<std::int64_t> shape; ///< empty for a scalar
    std::function<ldm::OwnedBytes()> bytes;
};

/// Nodes are in topological order.
struct Graph {
    std::string name;
    std::vector<Value> inputs;
    std::vector<Value> outputs;
    std::vector<Value> values; ///< what else has a known type and shape: the outputs of modules
    std::vector<Initializer> initializers;
    std::vector<Node> nodes;
};

/// An ONNX model of the plain operators of opset kOpset, without subgraphs, functions and symbolic dimensions.
struct Model {
    std::map<std::string, std::string> metadata;
    Graph graph;
};

/// Product of the sizes. Throws BadInput if one is negative or the product exceeds 2^60.
std::uint64_t elements(const std::vector<std::int64_t>& shape);
std::uint64_t byteCount(const Initializer& initializer);

/// What is added to a model's name for the file of its weights.
inline constexpr const char* kDataSuffix = "_data";

/// Weights of more bytes than this lie beside the model: protobuf ends at 2 GiB.
inline constexpr std::uint64_t kMostInlineBytes = std::uint64_t{1} << 30;

/// Writes a new file, tensor by tensor. Where all weights have more than `mostInlineBytes`, those of 1 KiB and more go
/// into a file of the same name with "_data" appended, each at a multiple of 4096. Throws WriteFailed; whoever wants
/// nothing half-written calls it within ldm::createAside.
void writeModel(const std::filesystem::path& path, const Model& model,
                std::uint64_t mostInlineBytes = kMostInlineBytes);

/// Maps and checks a model: everything that Model promises, sizes and places of all tensors included, so that their
/// bytes can be used as they are. Throws BadInput naming the file, the place and the remedy.
Model readModel(const std::filesystem::path& path);

/// The first half of readModel's promises on a model in memory: unique names, values produced before they are read,
/// outputs that exist. Throws BadInput; `source` names the model.
void checkModel(const Model& model, const std::string& source);

} // namespace quant::onnx
