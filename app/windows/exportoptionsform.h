#pragma once

#include <QCheckBox> // first: moc 6.4 fails on a file that begins with <compare>
#include <QComboBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QSpinBox>
#include <QWidget>

#include <quant/export.h>

#include <map>

namespace app::windows {

/// The options of an export, those alone that its format looks at. The SQNR of layers is nothing to choose here.
class ExportOptionsForm : public QWidget {
    Q_OBJECT
public:
    explicit ExportOptionsForm(QWidget* parent = nullptr);

    void setFormat(const quant::ExportFormatInfo& format);
    /// Options that the format does not look at are the usual ones.
    quant::ExportOptions options() const;

Q_SIGNALS:
    void changed();

private:
    void build();
    void addRow(quant::ExportOption option, const QString& label, const QString& tip, QWidget* control);
    QWidget* makeSize();
    bool isShown(quant::ExportOption option) const { return m_format && m_format->uses(option); }
    void showWhatFits();

    const quant::ExportFormatInfo* m_format = nullptr;
    QFormLayout* m_form;
    std::map<quant::ExportOption, QWidget*> m_rows;
    QComboBox* m_floats;
    QCheckBox* m_unetOnly;
    QCheckBox* m_prefixed;
    QLineEdit* m_variant;
    QCheckBox* m_floatGraph;
    QSpinBox* m_width;
    QSpinBox* m_height;
    QComboBox* m_schema;
};

} // namespace app::windows
