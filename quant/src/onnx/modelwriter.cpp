#include "modelfile.h"

#include <ldm/error.h>
#include <ldm/outputfile.h>

#include <google/protobuf/io/coded_stream.h>
#include <onnx/onnx_pb.h>

#include <array>
#include <limits>
#include <type_traits>

namespace quant::onnx {

namespace {

namespace pb = ::onnx;
using google::protobuf::io::CodedOutputStream;

constexpr std::uint64_t kLeastExternalBytes = 1024;
constexpr std::uint64_t kExternalAlignment = 4096; ///< of pages, so that readers can map each tensor

void setAttribute(pb::AttributeProto& to, std::int64_t value) {
    to.set_type(pb::AttributeProto::INT);
    to.set_i(value);
}

void setAttribute(pb::AttributeProto& to, float value) {
    to.set_type(pb::AttributeProto::FLOAT);
    to.set_f(value);
}

void setAttribute(pb::AttributeProto& to, const std::string& value) {
    to.set_type(pb::AttributeProto::STRING);
    to.set_s(value);
}

void setAttribute(pb::AttributeProto& to, const std::vector<std::int64_t>& values) {
    to.set_type(pb::AttributeProto::INTS);
    to.mutable_ints()->Add(values.begin(), values.end());
}

void setAttribute(pb::AttributeProto& to, const std::vector<float>& values) {
    to.set_type(pb::AttributeProto::FLOATS);
    to.mutable_floats()->Add(values.begin(), values.end());
}

void fill(pb::NodeProto& to, const Node& node) {
    to.set_op_type(node.op);
    to.set_name(node.name);
    for (const std::string& input : node.inputs) to.add_input(input);
    for (const std::string& output : node.outputs) to.add_output(output);
    for (const auto& [name, value] : node.attributes) {
        pb::AttributeProto& attribute = *to.add_attribute();
        attribute.set_name(name);
        std::visit([&](const auto& held) { setAttribute(attribute, held); }, value);
    }
}

void fill(pb::ValueInfoProto& to, const Value& value) {
    to.set_name(value.name);
    pb::TypeProto::Tensor& tensor = *to.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(static_cast<int>(value.type));
    pb::TensorShapeProto& shape = *tensor.mutable_shape(); // there also for a scalar
    for (const std::int64_t size : value.shape) shape.add_dim()->set_dim_value(size);
}

/// Everything but the graph.
pb::ModelProto headOf(const Model& model) {
    pb::ModelProto head;
    head.set_ir_version(kIrVersion);
    head.set_producer_name("noisefloor");
    head.set_producer_version(NOISEFLOOR_VERSION);
    pb::OperatorSetIdProto& operators = *head.add_opset_import();
    operators.set_domain("");
    operators.set_version(kOpset);
    for (const auto& [key, value] : model.metadata) {
        pb::StringStringEntryProto& entry = *head.add_metadata_props();
        entry.set_key(key);
        entry.set_value(value);
    }
    return head;
}

/// Everything of it but the constants.
pb::GraphProto graphOf(const Graph& graph) {
    pb::GraphProto result;
    result.set_name(graph.name);
    for (const Node& node : graph.nodes) fill(*result.add_node(), node);
    for (const Value& input : graph.inputs) fill(*result.add_input(), input);
    for (const Value& output : graph.outputs) fill(*result.add_output(), output);
    for (const Value& value : graph.values) fill(*result.add_value_info(), value);
    return result;
}

std::string varint(std::uint64_t value) {
    std::array<std::uint8_t, 10> bytes{};
    const std::uint8_t* end = CodedOutputStream::WriteVarint64ToArray(value, bytes.data());
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(end - bytes.data())};
}

/// What stands before the bytes of a field that has a length.
std::string fieldStart(int number, std::uint64_t length) {
    constexpr std::uint64_t kLengthDelimited = 2;
    return varint(static_cast<std::uint64_t>(number) << 3 | kLengthDelimited) + varint(length);
}

/// A constant on its way into the file: all of its message but the bytes at the end.
struct Placed {
    const Initializer* initializer = nullptr;
    std::string message;
    bool isExternal = false;
    std::uint64_t offset = 0; ///< in the file of the weights

    std::uint64_t inlineBytes() const { return isExternal ? 0 : byteCount(*initializer); }
    std::uint64_t length() const { return message.size() + inlineBytes(); }
};

class Writer {
public:
    Writer(const std::filesystem::path& path, const Model& model) : m_path(path), m_model(model) {
        m_dataPath += kDataSuffix;
    }

    void run(std::uint64_t mostInlineBytes) {
        std::uint64_t total = 0;
        for (const Initializer& initializer : m_model.graph.initializers) total += byteCount(initializer);
        for (const Initializer& initializer : m_model.graph.initializers)
            place(initializer, total > mostInlineBytes && byteCount(initializer) >= kLeastExternalBytes);
        writeModelFile();
        if (m_dataEnd > 0) writeDataFile();
    }

private:
    void place(const Initializer& initializer, bool isExternal);
    void writeModelFile() const;
    void writeDataFile() const;
    void writeBytes(ldm::OutputFile& file, const Initializer& initializer) const;

    std::filesystem::path m_path;
    std::filesystem::path m_dataPath = m_path;
    const Model& m_model;
    std::vector<Placed> m_placed;
    std::uint64_t m_dataEnd = 0;
};

void Writer::place(const Initializer& initializer, bool isExternal) {
    pb::TensorProto tensor;
    tensor.set_name(initializer.name);
    tensor.set_data_type(static_cast<int>(initializer.type));
    tensor.mutable_dims()->Add(initializer.shape.begin(), initializer.shape.end());
    const std::uint64_t bytes = byteCount(initializer);
    Placed& placed = m_placed.emplace_back(Placed{&initializer, {}, isExternal, 0});
    if (!isExternal) {
        placed.message = tensor.SerializeAsString() + fieldStart(pb::TensorProto::kRawDataFieldNumber, bytes);
        return;
    }
    placed.offset = (m_dataEnd + kExternalAlignment - 1) / kExternalAlignment * kExternalAlignment;
    m_dataEnd = placed.offset + bytes;
    tensor.set_data_location(pb::TensorProto::EXTERNAL);
    const auto say = [&](const char* key, const std::string& value) {
        pb::StringStringEntryProto& entry = *tensor.add_external_data();
        entry.set_key(key);
        entry.set_value(value);
    };
    say("location", m_dataPath.filename().string());
    say("offset", std::to_string(placed.offset));
    say("length", std::to_string(bytes));
    placed.message = tensor.SerializeAsString();
}

void Writer::writeBytes(ldm::OutputFile& file, const Initializer& initializer) const {
    const ldm::OwnedBytes made = initializer.bytes();
    if (made.bytes.size() != byteCount(initializer))
        throw ldm::Error(ldm::ErrorKind::WriteFailed,
                         m_path.string() + " could not be written: constant " + ldm::inQuotes(initializer.name) +
                             " has a size that does not fit its shape; this is a fault of the program.");
    file.write({reinterpret_cast<const char*>(made.bytes.data()), made.bytes.size()});
}

/// By hand as far as constants go: protobuf would want all of them in memory at once.
void Writer::writeModelFile() const {
    const std::string graph = graphOf(m_model.graph).SerializeAsString();
    std::uint64_t length = graph.size();
    for (const Placed& placed : m_placed)
        length += fieldStart(pb::GraphProto::kInitializerFieldNumber, placed.length()).size() + placed.length();
    const std::string start =
        headOf(m_model).SerializeAsString() + fieldStart(pb::ModelProto::kGraphFieldNumber, length);
    if (start.size() + length > std::uint64_t{std::numeric_limits<std::int32_t>::max()})
        throw ldm::Error(ldm::ErrorKind::WriteFailed,
                         m_path.string() + " could not be written: it would be larger than the 2 GiB that the format "
                                           "allows; this is a fault of the program.");
    ldm::OutputFile file(m_path);
    file.write(start);
    file.write(graph);
    for (const Placed& placed : m_placed) {
        file.write(fieldStart(pb::GraphProto::kInitializerFieldNumber, placed.length()));
        file.write(placed.message);
        if (!placed.isExternal) writeBytes(file, *placed.initializer);
    }
    file.close();
}

void Writer::writeDataFile() const {
    ldm::OutputFile file(m_dataPath);
    std::uint64_t position = 0;
    for (const Placed& placed : m_placed) {
        if (!placed.isExternal) continue;
        file.write(std::string(placed.offset - position, '\0'));
        writeBytes(file, *placed.initializer);
        position = placed.offset + byteCount(*placed.initializer);
    }
    file.close();
}

} // namespace

void writeModel(const std::filesystem::path& path, const Model& model, std::uint64_t mostInlineBytes) {
    checkModel(model, path.string());
    Writer(path, model).run(mostInlineBytes);
}

} // namespace quant::onnx
