#include "support/testmain.h"
#include "widgets/samples.h"

#include <widgets/filmstrip.h>

#include <QAbstractItemModelTester>
#include <QSignalSpy>

#include <cmath>
#include <limits>

using namespace widgets;

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kEqual = std::numeric_limits<double>::infinity();

QList<FilmFrame> framesOf(const QList<double>& decibels) {
    QList<FilmFrame> frames;
    for (const double db : decibels) frames << FilmFrame{QStringLiteral("t"), {}, {}, db};
    return frames;
}

/// Three steps and the pictures; the candidate lacks the last step.
struct Shown {
    FilmStrip strip;

    Shown() {
        strip.resize(240, 400);
        for (int i = 0; i < 3; ++i)
            strip.setReference(i, QStringLiteral("t %1").arg(901 - 100 * i), samples::picture(8, 8));
        strip.setCandidate(0, QStringLiteral("t 901"), samples::picture(8, 8), 40);
        strip.setCandidate(1, QStringLiteral("t 801"), samples::picture(8, 8), 10);
        strip.show();
        QCoreApplication::processEvents();
    }
    QString text(int frame) const { return strip.model()->index(frame, 0).data().toString(); }
};

} // namespace

class FilmStripTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void decibelsAreAShareOfTheSignal() {
        QCOMPARE(relativeDifference(20), 0.1);
        QCOMPARE(relativeDifference(0), 1.0);
        QCOMPARE(relativeDifference(kEqual), 0.0);
        QVERIFY(std::isnan(relativeDifference(kUnknown)));
    }

    void trajectoriesPartWhereTheyStayApart() {
        QCOMPARE(partingFrame(framesOf({40, 30, 19, 10}), 0.1), std::optional(2));
        QCOMPARE(partingFrame(framesOf({40, 19, 30, 10, 5}), 0.1), std::optional(3)); // they met again
        QCOMPARE(partingFrame(framesOf({10, 5}), 0.1), std::optional(0));
        QCOMPARE(partingFrame(framesOf({kEqual, 40, 20}), 0.1), std::nullopt); // 20 dB are 10 %, not more
        QCOMPARE(partingFrame(framesOf({40, 10, kUnknown}), 0.1), std::optional(1));
        QCOMPARE(partingFrame({}, 0.1), std::nullopt);
    }

    void everyStepSaysHowFarItIsApart() {
        Shown shown;
        QCOMPARE(shown.text(0), QStringLiteral("t 901: 40.0\u00a0dB, 1.0\u00a0%\u00a0apart"));
        QCOMPARE(shown.text(1), QStringLiteral("t 801: 10.0\u00a0dB, 31.6\u00a0%\u00a0apart"));
        QCOMPARE(shown.text(2), QStringLiteral("t 701"));
        QCOMPARE(apartText(kEqual), QStringLiteral("equal"));
    }

    void theModelTellsOfEveryChange() {
        Shown shown;
        const QAbstractItemModelTester tester(shown.strip.model(),
                                              QAbstractItemModelTester::FailureReportingMode::QtTest);
        shown.strip.setReference(6, QStringLiteral("t 1"), samples::picture(8, 8));
        QCOMPARE(shown.strip.frames().size(), 7);
        shown.strip.clearCandidates();
        QVERIFY(shown.strip.frames()[0].candidate.isNull() && !shown.strip.frames()[0].reference.isNull());
        QCOMPARE(shown.text(0), QStringLiteral("t 901"));
        shown.strip.clear();
        QCOMPARE(shown.strip.model()->rowCount(), 0);
        shown.strip.setCandidate(0, QStringLiteral("t 9"), samples::picture(8, 8), 3);
        QCOMPARE(shown.strip.frames().size(), 1);
    }

    void mouseAndKeyboardChooseAStep() {
        Shown shown;
        QSignalSpy chosen(&shown.strip, &FilmStrip::frameChosen);
        const QRect second = shown.strip.visualRect(shown.strip.model()->index(1, 0));
        QTest::mouseClick(shown.strip.viewport(), Qt::LeftButton, Qt::NoModifier, second.center());
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen[0][0].toInt(), 1);
        QTest::keyClick(&shown.strip, Qt::Key_Down);
        QCOMPARE(chosen.last()[0].toInt(), 2);
        shown.strip.setCurrentFrame(0); // by the program: nobody is told
        shown.strip.setCurrentFrame(-1);
        QCOMPARE(chosen.size(), 2);
        QVERIFY(!shown.strip.currentIndex().isValid());
    }

    void bothPicturesAndTheLineWhereTheyPartAreDrawn() {
        Shown shown;
        const QImage before = shown.strip.grab().toImage();
        const QRect third = shown.strip.visualRect(shown.strip.model()->index(2, 0));
        shown.strip.setCandidate(1, QStringLiteral("t 801"), samples::picture(8, 8), 35);
        const QImage closer = shown.strip.grab().toImage();
        QVERIFY(closer != before);
        shown.strip.setCandidate(2, QStringLiteral("t 701"), samples::picture(8, 8), 5);
        const QColor line = shown.strip.grab().toImage().pixelColor(
            QPoint(third.left() + 20, third.top() + shown.strip.frameWidth()) * shown.strip.devicePixelRatioF());
        QCOMPARE(line, shown.strip.palette().color(QPalette::Highlight));
    }
};

NOISEFLOOR_TEST(FilmStripTest)
#include "tst_filmstrip.moc"
