#include "clients/exportedgraphs.h"
#include "support/testmain.h"

#include <QDirIterator>
#include <QTest>

/// The onnx package reads every exported graph.
class OnnxCheckerTest : public QObject {
    Q_OBJECT

private:
    static QStringList graphsIn(const QString& folder) {
        QStringList graphs;
        QDirIterator files(folder, {QStringLiteral("*.onnx")}, QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) graphs.append(files.next());
        return graphs;
    }

    support::ExportedGraphs m_exports;

private Q_SLOTS:
    void everyGraphIsValid_data() {
        QTest::addColumn<bool>("quantized");
        QTest::newRow("floats") << false;
        QTest::newRow("integers") << true;
    }
    void everyGraphIsValid() {
        QFETCH(bool, quantized);
        const QString folder = quantized ? m_exports.integers() : m_exports.floats();
        QVERIFY2(!folder.isEmpty(), m_exports.failure());
        const QStringList graphs = graphsIn(folder);
        QVERIFY(graphs.size() >= 3); // text encoder, UNet, decoder
        QProcess checker;
        checker.start(QStringLiteral(NOISEFLOOR_CLIENT_SCRIPTS "/checkonnx.py"), graphs);
        const support::Run run = support::finished(checker);
        QVERIFY2(run.exitCode == 0, run.err);
        QCOMPARE(run.out.count('\n'), graphs.size());
    }
};

NOISEFLOOR_TEST(OnnxCheckerTest)

#include "tst_onnxchecker.moc"
