#include "ldm/failures.h"
#include "quant/onnxgraphs.h"
#include "quant/values.h"
#include "support/testmain.h"

#include <QTest>

#include <stop_token>

using quant::onnx::ElementType;
using quant::onnx::Interpreter;
using quant::onnx::Model;
using quant::onnx::Node;
using support::constantOf;
using support::contains;
using support::failureOf;
using support::modelFromXToY;
using support::valuesOf;
using Floats = std::vector<float>;

namespace {

/// y = (x + 1) * x, by way of "sum".
Model sumTimesX() {
    Model model = modelFromXToY({2});
    model.graph.initializers = {constantOf("one", at::ones({1}))};
    model.graph.values = {{"sum", ElementType::Float, {2}}};
    model.graph.nodes = {{"Add", "adding", {"x", "one"}, {"sum"}}, {"Mul", "multiplying", {"sum", "x"}, {"y"}}};
    return model;
}

quant::onnx::NamedTensors inputX() {
    return {{"x", at::tensor({2.0F, -3.0F})}};
}

/// The sentence with which a model is refused before or while it runs.
std::string refusalOf(const Model& model, const quant::onnx::NamedTensors& inputs = inputX()) {
    return failureOf(ldm::ErrorKind::BadInput, [&] { Interpreter(model, "the file").run(inputs); });
}

std::string refusalOfNode(const Node& node) {
    Model model = modelFromXToY({2});
    model.graph.nodes = {node};
    return refusalOf(model);
}

/// A constant of one float that tells, when it is read, which of its like are still in memory.
class WatchedConstants {
public:
    quant::onnx::Initializer make(const std::string& name) {
        return {name, ElementType::Float, {1}, [this] { return read(); }};
    }
    const std::vector<int>& alive() const { return m_alive; }

private:
    ldm::OwnedBytes read() {
        int count = 0;
        for (const auto& watched : m_watched) count += watched.expired() ? 0 : 1;
        m_alive.push_back(count);
        auto value = std::make_shared<float>(1.0F);
        m_watched.push_back(value);
        return {std::as_bytes(std::span(value.get(), 1)), value};
    }

    std::vector<std::weak_ptr<float>> m_watched;
    std::vector<int> m_alive;
};

} // namespace

class OnnxInterpreterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void nodesRunInTheirOrder() {
        const Interpreter interpreter(sumTimesX(), "the file");
        const auto results = interpreter.run(inputX());
        QCOMPARE(results->size(), std::size_t{1});
        QCOMPARE(valuesOf(results->at("y")), (Floats{6, 6}));
    }

    void valuesBetweenAreThereForTheAsking() {
        const Interpreter interpreter(sumTimesX(), "the file");
        const auto results = interpreter.run(inputX(), {"sum", "one", "x"});
        QCOMPARE(valuesOf(results->at("sum")), (Floats{3, -2}));
        QCOMPARE(valuesOf(results->at("one")), Floats{1});
        QCOMPARE(valuesOf(results->at("x")), (Floats{2, -3}));
        QVERIFY(contains(failureOf(ldm::ErrorKind::BadInput, [&] { interpreter.run(inputX(), {"product"}); }),
                         "no value \"product\""));
    }

    void valuesAreFreedAfterTheirLastUse() {
        WatchedConstants watched;
        Model model = modelFromXToY({2});
        // "a" passes through Identity, so it lives until "kept" was read last; "c" comes after that.
        model.graph.initializers = {watched.make("a"), watched.make("b"), watched.make("c")};
        model.graph.nodes = {{"Identity", "1", {"a"}, {"kept"}},
                             {"Add", "2", {"x", "b"}, {"more"}},
                             {"Mul", "3", {"more", "kept"}, {"product"}},
                             {"Add", "4", {"product", "c"}, {"y"}}};
        const Interpreter interpreter(std::move(model), "the file");
        QCOMPARE(valuesOf(interpreter.run(inputX())->at("y")), (Floats{4, -1}));
        QCOMPARE(watched.alive(), (std::vector<int>{0, 1, 0}));
    }

    void constantsNeedNotBeAligned() {
        Model model = sumTimesX();
        const auto bytes = std::make_shared<std::vector<std::byte>>(5);
        const float one = 1;
        std::memcpy(bytes->data() + 1, &one, sizeof one);
        model.graph.initializers.front().bytes = [bytes] {
            return ldm::OwnedBytes{std::span(*bytes).subspan(1), bytes};
        };
        QCOMPARE(valuesOf(Interpreter(std::move(model), "the file").run(inputX())->at("y")), (Floats{6, 6}));
    }

    void constantsOfTheWrongSizeAreRefused() {
        Model model = sumTimesX();
        model.graph.initializers.front().shape = {2};
        QVERIFY(contains(refusalOf(model), "bytes of its shape"));
    }

    void aStopEndsTheRun() {
        std::stop_source source;
        std::vector<std::int64_t> done;
        const auto stopAfterFirst = [&](const ldm::Progress& progress) {
            done.push_back(progress.done);
            QCOMPARE(progress.total, std::int64_t{2});
            source.request_stop();
        };
        const Interpreter interpreter(sumTimesX(), "the file");
        QVERIFY(!interpreter.run(inputX(), {}, source.get_token(), stopAfterFirst));
        QCOMPARE(done, (std::vector<std::int64_t>{0}));
    }

    void whatIsNotKnownIsRefusedByName() {
        QVERIFY(contains(refusalOfNode({"Einsum", "/a", {"x"}, {"y"}}), "\"/a\" (Einsum)"));
        const std::string attribute = refusalOfNode({"Sigmoid", "/b", {"x"}, {"y"}, {{"slope", 1.0F}}});
        QVERIFY(contains(attribute, "the file"));
        QVERIFY(contains(attribute, "\"/b\" (Sigmoid)"));
        QVERIFY(contains(attribute, "\"slope\""));
        QVERIFY(contains(refusalOfNode({"Add", "/c", {"x"}, {"y"}}), "1 inputs"));
        QVERIFY(contains(refusalOfNode({"Relu", "/d", {"x"}, {"y", "z"}}), "2 outputs"));
    }

    void inputsAreCheckedAgainstTheGraph() {
        const Model model = sumTimesX();
        QVERIFY(contains(refusalOf(model, {}), "\"x\" that was not given"));
        QVERIFY(contains(refusalOf(model, {{"x", at::zeros({3})}}), "shape [2], not [3]"));
        QVERIFY(!refusalOf(model, {{"x", at::zeros({2}, at::kLong)}}).empty());
        QVERIFY(contains(refusalOf(model, {{"x", at::zeros({2})}, {"z", at::zeros({2})}}), "fewer inputs"));
    }

    void declaredShapesAreHeld() {
        Model model = sumTimesX();
        model.graph.values = {{"sum", ElementType::Float, {2, 1}}};
        QVERIFY(contains(refusalOf(model), "\"sum\" is of shape [2, 1], but it becomes [2]"));
        model.graph.values = {{"sum", ElementType::Int32, {2}}};
        QVERIFY(contains(refusalOf(model), "\"sum\""));
    }

    void graphsThatReadWhatIsNotThereAreRefused() {
        Model model = sumTimesX();
        std::swap(model.graph.nodes[0], model.graph.nodes[1]);
        QVERIFY(!refusalOf(model).empty());
        Model other = sumTimesX();
        other.graph.initializers.clear();
        QVERIFY(contains(refusalOf(other), "one"));
    }
};

NOISEFLOOR_TEST(OnnxInterpreterTest)

#include "tst_onnxinterpreter.moc"
