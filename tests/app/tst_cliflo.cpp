#include "program.h"

#include "support/testmain.h"

#include <QJsonArray>
#include <QTemporaryDir>
#include <QXmlStreamReader>

using support::contents;
using support::kDone;
using support::kFailed;
using support::kWrongUsage;
using support::noisefloor;
using support::Run;

namespace {

/// Texts of an SVG; empty if it is no well-formed XML.
QStringList textsOf(const QByteArray& svg) {
    QXmlStreamReader reader(svg);
    QStringList texts;
    while (!reader.atEnd())
        if (reader.readNext() == QXmlStreamReader::StartElement && reader.name() == QLatin1String("text"))
            texts << reader.readElementText();
    return reader.hasError() ? QStringList() : texts;
}

Run benchFlo(QStringList arguments) {
    return noisefloor(QStringList{"bench", "flo", "--hidden", "16", "--iterations", "78", "--rate", "3e-3"} +
                      arguments);
}

} // namespace

/// The verb bench flo with training too short to be of use.
class TestCliFlo : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QVERIFY(m_folder.isValid()); }

    void aGridOfCorrelationsGetsATableAndAPlot() {
        const Run run = benchFlo({"--dim", "1", "--K", "3", "--points", "3", "--out", path("grid")});
        QVERIFY2(run.exitCode == kDone, run.err.constData());
        for (const char* part : {"InfoNCE", "0.4950", "0.1405", "1.9585", "1-dimensional", "K = 3"})
            QVERIFY2(run.out.contains(part), part);
        const QStringList texts = textsOf(contents(path("grid/flo.svg")));
        for (const char* bound : {"FLO", "FDV", "InfoNCE", "NWJ", "TUBA", "DV"})
            QVERIFY2(texts.contains(QLatin1String(bound)), bound);
        const QJsonObject saved = QJsonDocument::fromJson(contents(path("grid/flo.json"))).object();
        QCOMPARE(saved["estimates"].toArray().size(), 18);
        QCOMPARE(saved["candidates"].toInt(), 3);
    }

    void oneCorrelationIsToldInDetail() {
        const QStringList arguments{"--dim", "2", "--rho", "0.9", "--bounds", "flo,infonce", "--critic", "bilinear"};
        const Run table = benchFlo(arguments);
        QVERIFY2(table.exitCode == kDone, table.err.constData());
        QVERIFY(table.out.contains("truth: 1.6607 nats") && table.out.contains("5/6 of the truth after"));
        const Run json = benchFlo(arguments + QStringList{"--json", "--threads", "1"});
        const QJsonArray estimates = json.json()["estimates"].toArray();
        QCOMPARE(estimates.size(), 2);
        QVERIFY(estimates[0].toObject()["nats"].isDouble());
        QCOMPARE(estimates[0].toObject()["course"].toArray().size(), 1);
        QCOMPARE(benchFlo(arguments + QStringList{"--json", "--threads", "2"}).json()["estimates"].toArray(),
                 estimates);
    }

    void wrongOptionsAreRefused_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("no such bound") << QStringList{"--bounds", "MINE"};
        QTest::newRow("correlation of one") << QStringList{"--rho", "1"};
        QTest::newRow("one candidate") << QStringList{"--K", "1"};
        QTest::newRow("no such critic") << QStringList{"--critic", "fancy"};
        QTest::newRow("a model beside it") << QStringList{"emoji-ldm"};
    }
    void wrongOptionsAreRefused() {
        QFETCH(QStringList, arguments);
        const Run run = benchFlo(arguments);
        QCOMPARE(run.exitCode, kWrongUsage);
        QVERIFY(run.out.isEmpty() && !run.sentences().isEmpty());
    }

    void moreCandidatesThanABatchHasAreBadInput() {
        const Run run = benchFlo({"--K", "9", "--batch", "8"});
        QCOMPARE(run.exitCode, support::kBadInput);
        QVERIFY2(run.err.contains("from 2 to the 8"), run.err.constData());
    }

    void anExistingFolderIsReplacedOnlyWhenForced() {
        const QStringList arguments{"--dim", "1", "--rho", "0.5", "--bounds", "FLO", "--out", path("twice")};
        QCOMPARE(benchFlo(arguments).exitCode, kDone);
        QCOMPARE(benchFlo(arguments).exitCode, kFailed);
        QCOMPARE(benchFlo(arguments + QStringList{"--force"}).exitCode, kDone);
    }

    void benchAloneAsksForAModel() {
        const Run run = noisefloor({"bench"});
        QCOMPARE(run.exitCode, kWrongUsage);
        QVERIFY2(run.err.contains("MODEL"), run.err.constData());
    }

private:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    QTemporaryDir m_folder;
};

NOISEFLOOR_TEST(TestCliFlo)
#include "tst_cliflo.moc"
