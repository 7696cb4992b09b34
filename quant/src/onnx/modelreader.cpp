#include "modelfile.h"

#include <ldm/error.h>
#include <ldm/inputfile.h>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <onnx/onnx_pb.h>

#include <charconv>
#include <limits>
#include <memory>
#include <optional>
#include <span>

namespace quant::onnx {

namespace {

namespace fs = std::filesystem;
namespace pb = ::onnx;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using Bytes = std::span<const std::byte>;

/// Of everything in a model file but its constants; a UNet's takes less than one.
constexpr std::size_t kMostMessageBytes = std::size_t{256} << 20;

/// A message without one of its fields, and that field's contents as they lie in the file.
struct Split {
    std::string rest;
    std::vector<Bytes> parts;
};

/// Nothing if this is no well-formed message, or an enormous one.
std::optional<Split> split(Bytes message, int field) {
    Split result;
    CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(message.data()), static_cast<int>(message.size()));
    while (static_cast<std::size_t>(stream.CurrentPosition()) < message.size()) {
        const auto start = static_cast<std::size_t>(stream.CurrentPosition());
        const std::uint32_t tag = stream.ReadTag();
        const bool isWanted = tag == WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
        std::uint32_t length = 0;
        if (tag == 0 || (isWanted && !stream.ReadVarint32(&length))) return std::nullopt;
        const auto begin = static_cast<std::size_t>(stream.CurrentPosition());
        if (length > message.size() - begin) return std::nullopt;
        if (isWanted ? !stream.Skip(static_cast<int>(length)) : !WireFormatLite::SkipField(&stream, tag))
            return std::nullopt;
        const auto end = static_cast<std::size_t>(stream.CurrentPosition());
        if (isWanted)
            result.parts.push_back(message.subspan(begin, length));
        else
            result.rest.append(reinterpret_cast<const char*>(message.data()) + start, end - start);
        if (result.rest.size() > kMostMessageBytes) return std::nullopt;
    }
    return result;
}

ElementType checkedType(int number, const auto& refuse) {
    for (const ElementType type : {ElementType::Float, ElementType::UInt8, ElementType::Int8, ElementType::Int32,
                                   ElementType::Int64, ElementType::Bool})
        if (static_cast<int>(type) == number) return type;
    refuse("has element type " + std::to_string(number) + ", which this version does not read");
    return {};
}

bool fits(Bytes bytes, const Initializer& initializer) {
    try {
        return bytes.size() == byteCount(initializer);
    } catch (const ldm::Error&) { // no tensor has such a shape
        return false;
    }
}

class Reader {
public:
    explicit Reader(const fs::path& path) : m_path(path), m_file(path, ".onnx") {}

    Model read();

private:
    [[noreturn]] void refuse(const std::string& fault) const {
        throw ldm::badInput(m_path.string() + ": " + fault + "; export the model again, or fetch the file again.");
    }
    /// For what is said about one thing of that name.
    auto refusing(const std::string& what, const std::string& name) const {
        return [this, subject = what + " " + ldm::inQuotes(name) + " "](const std::string& fault) {
            refuse(subject + fault);
        };
    }

    Split checkedSplit(Bytes message, int field, const std::string& what) const;
    template <typename Message> Message parsed(const std::string& bytes, const std::string& what) const;
    void checkHead(const pb::ModelProto& head) const;
    Graph graphOf(const pb::GraphProto& graph) const;
    Node nodeOf(const pb::NodeProto& node) const;
    AttributeValue attributeOf(const pb::AttributeProto& attribute, const std::string& node) const;
    Value valueOf(const pb::ValueInfoProto& value) const;
    Initializer initializerOf(Bytes message);
    ldm::OwnedBytes external(const pb::TensorProto& tensor);
    const ldm::OwnedBytes& dataFile(const std::string& location);

    fs::path m_path;
    ldm::InputFile m_file;
    std::map<std::string, ldm::OwnedBytes> m_dataFiles;
};

ldm::OwnedBytes mapped(const ldm::InputFile& file) {
    const std::shared_ptr<const std::byte> start = file.map();
    return {{start.get(), static_cast<std::size_t>(file.size())}, start};
}

Split Reader::checkedSplit(Bytes message, int field, const std::string& what) const {
    std::optional<Split> result = split(message, field);
    if (!result) refuse("it is no ONNX model: its " + what + " is damaged");
    return std::move(*result);
}

template <typename Message> Message Reader::parsed(const std::string& bytes, const std::string& what) const {
    Message message;
    if (!message.ParseFromString(bytes)) refuse("it is no ONNX model: its " + what + " is damaged");
    return message;
}

Model Reader::read() {
    if (m_file.size() == 0 || m_file.size() > std::uint64_t{std::numeric_limits<std::int32_t>::max()})
        refuse("it has " + std::to_string(m_file.size()) + " bytes, and ONNX models have 1 byte to 2 GiB");
    const ldm::OwnedBytes whole = mapped(m_file);
    const Split model = checkedSplit(whole.bytes, pb::ModelProto::kGraphFieldNumber, "structure");
    const auto head = parsed<pb::ModelProto>(model.rest, "header");
    checkHead(head);
    if (model.parts.size() != 1) refuse("it holds " + std::to_string(model.parts.size()) + " graphs instead of one");
    const Split graph = checkedSplit(model.parts.front(), pb::GraphProto::kInitializerFieldNumber, "graph");

    Model result;
    for (const pb::StringStringEntryProto& entry : head.metadata_props())
        if (!result.metadata.emplace(entry.key(), entry.value()).second)
            refuse("its metadata have two entries " + ldm::inQuotes(entry.key()));
    result.graph = graphOf(parsed<pb::GraphProto>(graph.rest, "graph"));
    m_dataFiles[{}] = whole;
    for (const Bytes message : graph.parts) result.graph.initializers.push_back(initializerOf(message));
    checkModel(result, m_path.string());
    return result;
}

void Reader::checkHead(const pb::ModelProto& head) const {
    if (head.ir_version() != kIrVersion)
        refuse("it has IR version " + std::to_string(head.ir_version()) + ", and this version reads " +
               std::to_string(kIrVersion));
    const bool isKnown = head.opset_import_size() == 1 && head.opset_import(0).domain().empty() &&
                         head.opset_import(0).version() == kOpset;
    if (!isKnown) refuse("it needs other operators than those of opset " + std::to_string(kOpset));
    if (head.functions_size() > 0 || head.training_info_size() > 0)
        refuse("it has functions or training graphs of its own, which this version does not read");
}

Graph Reader::graphOf(const pb::GraphProto& graph) const {
    if (graph.sparse_initializer_size() > 0 || graph.quantization_annotation_size() > 0)
        refuse("its graph has sparse constants or annotations, which this version does not read");
    Graph result;
    result.name = graph.name();
    for (const pb::ValueInfoProto& input : graph.input()) result.inputs.push_back(valueOf(input));
    for (const pb::ValueInfoProto& output : graph.output()) result.outputs.push_back(valueOf(output));
    for (const pb::ValueInfoProto& value : graph.value_info()) result.values.push_back(valueOf(value));
    for (const pb::NodeProto& node : graph.node()) result.nodes.push_back(nodeOf(node));
    return result;
}

Node Reader::nodeOf(const pb::NodeProto& node) const {
    if (!node.domain().empty())
        refusing("node", node.name())("is of the operator domain " + ldm::inQuotes(node.domain()) +
                                      ", which this version does not read");
    Node result{node.op_type(),
                node.name(),
                {node.input().begin(), node.input().end()},
                {node.output().begin(), node.output().end()},
                {}};
    for (const pb::AttributeProto& attribute : node.attribute())
        if (!result.attributes.emplace(attribute.name(), attributeOf(attribute, node.name())).second)
            refusing("node", node.name())("has attribute " + ldm::inQuotes(attribute.name()) + " twice");
    return result;
}

AttributeValue Reader::attributeOf(const pb::AttributeProto& attribute, const std::string& node) const {
    switch (attribute.type()) {
    case pb::AttributeProto::INT:
        return attribute.i();
    case pb::AttributeProto::FLOAT:
        return attribute.f();
    case pb::AttributeProto::STRING:
        return attribute.s();
    case pb::AttributeProto::INTS:
        return std::vector<std::int64_t>(attribute.ints().begin(), attribute.ints().end());
    case pb::AttributeProto::FLOATS:
        return std::vector<float>(attribute.floats().begin(), attribute.floats().end());
    default:
        refuse("attribute " + ldm::inQuotes(attribute.name()) + " of node " + ldm::inQuotes(node) +
               " is of a type that this version does not read");
    }
}

Value Reader::valueOf(const pb::ValueInfoProto& value) const {
    const auto refuseValue = refusing("value", value.name());
    if (!value.type().has_tensor_type() || !value.type().tensor_type().has_shape())
        refuseValue("has no type and shape");
    const pb::TypeProto::Tensor& tensor = value.type().tensor_type();
    Value result{value.name(), checkedType(tensor.elem_type(), refuseValue), {}};
    for (const pb::TensorShapeProto::Dimension& dim : tensor.shape().dim()) {
        if (!dim.has_dim_value() || dim.dim_value() < 0) refuseValue("has a shape that is not made of sizes");
        result.shape.push_back(dim.dim_value());
    }
    return result;
}

Initializer Reader::initializerOf(Bytes message) {
    const Split tensor = checkedSplit(message, pb::TensorProto::kRawDataFieldNumber, "list of constants");
    const auto header = parsed<pb::TensorProto>(tensor.rest, "list of constants");
    const auto refuseConstant = refusing("constant", header.name());
    const bool hasTypedData = header.float_data_size() + header.int32_data_size() + header.int64_data_size() +
                                  header.string_data_size() + header.double_data_size() + header.uint64_data_size() >
                              0;
    const bool isExternal = header.data_location() == pb::TensorProto::EXTERNAL;
    if (hasTypedData || header.has_segment() || tensor.parts.size() > 1 || (isExternal && !tensor.parts.empty()))
        refuseConstant("is stored in a way that this version does not read");

    Initializer result{header.name(), checkedType(header.data_type(), refuseConstant), {}, {}};
    result.shape.assign(header.dims().begin(), header.dims().end());
    ldm::OwnedBytes data;
    if (isExternal)
        data = external(header);
    else
        data = {tensor.parts.empty() ? Bytes{} : tensor.parts.front(), m_dataFiles.at({}).owner};
    if (!fits(data.bytes, result)) refuseConstant("has a shape that does not fit its bytes");
    result.bytes = [data] { return data; };
    return result;
}

ldm::OwnedBytes Reader::external(const pb::TensorProto& tensor) {
    const auto refuseConstant = refusing("constant", tensor.name());
    std::map<std::string, std::string> place;
    for (const pb::StringStringEntryProto& entry : tensor.external_data()) place[entry.key()] = entry.value();
    const auto number = [&](const std::string& key) {
        const std::string& text = place[key];
        std::uint64_t value = 0;
        const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (fault != std::errc() || end != text.data() + text.size()) refuseConstant("has no " + key + " in its file");
        return value;
    };
    const std::string location = place["location"];
    if (location.empty() || location == "." || location == ".." || location.find('/') != std::string::npos)
        refuseConstant("lies in " + ldm::inQuotes(location) + ", which is no file beside the model");
    const std::uint64_t offset = number("offset"), length = number("length");
    const ldm::OwnedBytes& file = dataFile(location);
    if (offset > file.bytes.size() || length > file.bytes.size() - offset)
        refuseConstant("lies beyond the end of " + ldm::inQuotes(location));
    return {file.bytes.subspan(offset, length), file.owner};
}

const ldm::OwnedBytes& Reader::dataFile(const std::string& location) {
    const auto [found, isNew] = m_dataFiles.try_emplace(location);
    if (isNew) {
        const ldm::InputFile file(m_path.parent_path() / location, "weight");
        if (file.size() == 0) refuse("its weights in " + ldm::inQuotes(location) + " are empty");
        found->second = mapped(file);
    }
    return found->second;
}

} // namespace

Model readModel(const std::filesystem::path& path) {
    return Reader(path).read();
}

} // namespace quant::onnx
